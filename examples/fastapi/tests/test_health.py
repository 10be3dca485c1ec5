import pytest
from fastapi.testclient import TestClient

from app.main import app
from app.settings import get_settings


@pytest.fixture
def client_without_database(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'no-such-folder' / 'x.db'}")
    get_settings.cache_clear()
    with TestClient(app) as client:
        yield client
    get_settings.cache_clear()


def test_alive_and_ready(client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_alive_but_not_ready_without_a_database(client_without_database):
    assert client_without_database.get("/livez").status_code == 200
    response = client_without_database.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"
