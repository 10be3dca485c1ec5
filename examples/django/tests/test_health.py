import pytest
from django.db import OperationalError, connection


def refuse(*args, **kwargs):
    raise OperationalError("connection refused")


def test_liveness_asks_no_database(client, monkeypatch):
    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/livez")
    assert response.status_code == 200
    assert "no-cache" in response["Cache-Control"]


@pytest.mark.django_db
def test_readiness_asks_the_database(client):
    assert client.get("/readyz").status_code == 200


def test_not_ready_without_a_database(client, monkeypatch):
    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"


def test_probes_change_nothing(client):
    assert client.post("/livez").status_code == 405
