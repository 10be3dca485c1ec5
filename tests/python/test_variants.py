"""Every way to the database that the modules know, in Flask and FastAPI, with a cache and a broker beside it.

One process each, and so without a shared folder for the metrics.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from platform_services import Postgres, Redis, free_port
from projects import WORK, add_module, environment, run, write
from rendered import environment_of_pod
from server import Server
from test_services import PROBE_TIMEOUT, please_ruff_and_mypy, totals, wait_until_ready


@dataclass(frozen=True)
class Variant:
    """One way to the database."""

    name: str
    framework: str
    # What the service's own module does with it.
    code: str
    # What stands before `://` in the address.
    scheme: str = "postgresql"
    modules: tuple[str, ...] = field(default=("health", "metrics", "logging"))

    def __str__(self) -> str:
        """Name it in the names of tests."""
        return self.name


GLOBAL_ENGINE = """\
from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"])
"""
HIDDEN_ENGINE = """\
from sqlalchemy import create_engine


def engine_for(settings):
    return create_engine(settings["DATABASE_URL"])
"""
HIDDEN_ASYNC_ENGINE = """\
from sqlalchemy.ext.asyncio import create_async_engine


def engine_for(settings):
    return create_async_engine(settings["DATABASE_URL"])
"""
PSYCOPG2 = """\
import psycopg2


def connect():
    return psycopg2.connect(os.environ["DATABASE_URL"])
"""
ASYNCPG = """\
import asyncpg


async def connect():
    return await asyncpg.connect(os.environ["DATABASE_URL"])
"""
PSYCOPG = "postgresql+psycopg"
WITH_POOL = ("health", "metrics", "logging", "db-pool")
VARIANTS = [
    Variant("flask-engine", "flask", GLOBAL_ENGINE, PSYCOPG, WITH_POOL),
    Variant("flask-url", "flask", HIDDEN_ENGINE, PSYCOPG, WITH_POOL),
    Variant("flask-psycopg2", "flask", PSYCOPG2),
    Variant("fastapi-sync-engine", "fastapi", GLOBAL_ENGINE, PSYCOPG, WITH_POOL),
    Variant("fastapi-sync-url", "fastapi", HIDDEN_ENGINE, PSYCOPG, WITH_POOL),
    Variant("fastapi-async-url", "fastapi", HIDDEN_ASYNC_ENGINE, PSYCOPG, WITH_POOL),
    Variant("fastapi-psycopg2", "fastapi", PSYCOPG2),
    Variant("fastapi-asyncpg", "fastapi", ASYNCPG),
]
APPLICATION = {"flask": "from flask import Flask\n\napp = Flask(__name__)\n", "fastapi": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
CELERY = """\
import os

from celery import Celery

celery = Celery("shop", broker=os.environ.get("CELERY_BROKER_URL"))
"""


def make_variant(variant: Variant, port: int, cache: Redis, broker: Redis) -> Path:
    """Make the project and put the modules into it."""
    folder = WORK / "projects" / f"variant-{variant.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # A flat project: the modules go beside it, and not into a package.
    write(folder, "main.py", f"import redis\n\nimport database\nimport tasks\n{APPLICATION[variant.framework]}")
    write(folder, "database.py", f"import os\n\n{variant.code}")
    write(folder, "tasks.py", CELERY)
    write(folder, "requirements.txt", f"{variant.framework}\nprometheus-client\n")
    write(
        folder,
        "app.toml",
        f"""\
        [app]
        name = "shop"
        framework = "{variant.framework}"
        entrypoint = "main:app"
        python = "3.13"
        port = {port}

        [image]
        repository = "ghcr.io/acme/shop"

        [secrets.env]
        DATABASE_URL = "shop/url"

        [config]
        REDIS_URL = "{cache.url}"
        CELERY_BROKER_URL = "{broker.url}"
        """,
    )
    for module in variant.modules:
        add_module(folder, module)
    run([os.environ["PYKUBE_BIN"], "render"], cwd=folder)
    return folder


@pytest.fixture(scope="session")
def broker() -> Iterator[Redis]:
    """A broker that is not the cache."""
    server = Redis()
    yield server
    server.stop()


@pytest.mark.parametrize("service", VARIANTS, ids=str)
def test_readiness_names_what_is_away(service: Variant, postgres: Postgres, redis: Redis, broker: Redis) -> None:
    """The database, the cache, the broker, one after the other: away and back, or silent."""
    port = free_port()
    folder = make_variant(service, port, redis, broker)
    programs = environment(f"{service.framework}-variants")
    secrets = {"DATABASE_URL": postgres.url.replace("postgresql", service.scheme, 1)}
    variables = environment_of_pod(folder, secrets, {})
    assert "PROMETHEUS_MULTIPROC_DIR" not in variables
    please_ruff_and_mypy(folder, programs, sorted(path.name for path in ours(folder)))
    server = Server(folder, programs, port, variables)
    try:
        assert wait_until_ready(server).json()["checks"] == {"database": "ok", "redis": "ok", "broker": "ok"}
        for name, stop, start in (
            ("database", postgres.stop, postgres.start),
            ("redis", redis.stop, redis.start),
            ("broker", broker.stop, broker.start),
            ("database", postgres.freeze, postgres.thaw),
            ("redis", redis.freeze, redis.thaw),
            ("broker", broker.freeze, broker.thaw),
        ):
            assert_names(server, name, stop, start)
        before = totals(server)
        assert {answer.status for answer in server.get_all(["/nowhere"] * 20)} == {404}
        assert totals(server)["unmatched", "404"] - before["unmatched", "404"] == 20
        server.process.terminate()
        # A single uvicorn ends in order, and then by the signal that it was sent.
        assert server.process.wait(15) == (0 if service.framework == "flask" else -signal.SIGTERM)
    finally:
        server.kill()
    tests = sorted(path.name for path in ours(folder) if path.name.startswith("test_"))
    assert " passed" in run([str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], folder, **variables)


def ours(folder: Path) -> list[Path]:
    """The files that pykube wrote."""
    return [path for path in folder.glob("*.py") if path.name not in {"main.py", "database.py", "tasks.py", "gunicorn.conf.py"}]


def assert_names(server: Server, name: str, stop: Callable[[], None], start: Callable[[], None]) -> None:
    """See readiness fail for this one, in time, and come back by itself; the process stays alive."""
    stop()
    try:
        answer = server.probe("/readyz")
        assert answer.status == 503, name
        assert answer.seconds < PROBE_TIMEOUT
        checks = answer.json()["checks"]
        assert {other for other, word in checks.items() if word != "ok"} == {name}, checks
        alive = server.probe("/livez")
        assert (alive.status, alive.seconds < 1) == (200, True)
    finally:
        start()
    wait_until_ready(server)


if __name__ == "__main__":
    pytest.main([__file__])
