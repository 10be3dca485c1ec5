from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from fastapi.testclient import TestClient

from alembic import command
from app.main import app
from app.settings import get_settings

PROJECT = Path(__file__).parent.parent


@pytest.fixture
def database(monkeypatch, tmp_path) -> Iterator[Config]:
    """An empty database of its own for each test; the value is Alembic's configuration."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'test.db'}")
    get_settings.cache_clear()
    yield Config(PROJECT / "alembic.ini")
    get_settings.cache_clear()


@pytest.fixture
def client(database) -> Iterator[TestClient]:
    command.upgrade(database, "head")
    with TestClient(app) as client:
        yield client
