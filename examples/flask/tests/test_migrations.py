from flask_migrate import check, upgrade

from bookmarks import create_app
from bookmarks.extensions import db


def test_every_model_change_has_its_migration(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "tests-only")
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'migrated.db'}"})
    with app.app_context():
        upgrade()
        check()
        db.engine.dispose()
