import os
import subprocess
import sys

import pytest


def test_requests_are_counted_by_route(client):
    client.get("/livez")
    client.get("/no/such/page")
    page = client.get("/metrics").content.decode()
    assert 'http_requests_total{method="GET",route="/livez",status="200"}' in page
    assert 'route="unknown",status="404"' in page
    assert "/no/such/page" not in page


def test_prometheus_needs_no_allowed_host(client):
    assert client.get("/metrics", headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_the_public_sees_no_metrics(client):
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 404


@pytest.fixture
def shared_folder(tmp_path):
    script = "from config.metrics import REQUESTS; REQUESTS.labels('GET', '/livez', 200).inc()"
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)  # noqa: S603
    return tmp_path


def test_processes_share_their_metrics(client, monkeypatch, shared_folder):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(shared_folder))
    page = client.get("/metrics").content.decode()
    assert 'http_requests_total{method="GET",route="/livez",status="200"} 2.0' in page
