from sqlalchemy.exc import OperationalError

from bookmarks.extensions import db


def refuse(*args, **kwargs):
    raise OperationalError("SELECT 1", {}, ConnectionRefusedError())


def test_liveness_asks_no_database(client, monkeypatch):
    monkeypatch.setattr(db.session, "execute", refuse)
    assert client.get("/healthz").status_code == 200


def test_readiness_asks_the_database(client):
    assert client.get("/readyz").status_code == 200


def test_not_ready_without_a_database(client, monkeypatch):
    monkeypatch.setattr(db.session, "execute", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json["database"] == "unreachable"
