import pytest
from flask import Flask
from flask.testing import FlaskClient

from bookmarks import create_app
from bookmarks.extensions import db


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "tests-only")
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite://"})
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
