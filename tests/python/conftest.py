"""What the tests share: the platform's services, and a running service for each cell of the matrix."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from platform_services import Postgres, Redis, find_program, free_port
from projects import CELLS, MODULES, WORK, Cell, add_module, environment, make, run
from rendered import environment_of_pod
from server import Server


def missing(what: str) -> None:
    """Skip where a machine lacks something; in CI nothing is skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and in CI nothing is skipped")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A database server."""
    if find_program("initdb") is None:
        missing("PostgreSQL (apt install postgresql)")
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A redis server."""
    if find_program("redis-server") is None:
        missing("redis-server (apt install redis-server)")
    server = Redis()
    yield server
    server.stop()


class Service:
    """A fresh project with all modules in it, running."""

    def __init__(self, cell: Cell, postgres: Postgres, redis: Redis) -> None:
        """Make, extend, render, start."""
        self.cell = cell
        port = free_port()
        address = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGDATABASE": "postgres", "PGUSER": "shop"}
        self.folder = make(cell, port, REDIS_URL=redis.url, **address)
        self.programs = environment(cell.packages)
        for module in MODULES:
            add_module(self.folder, module)
        run([os.environ["PYKUBE_BIN"], "render"], cwd=self.folder)
        self.metrics = WORK / "metrics" / cell.name
        shutil.rmtree(self.metrics, ignore_errors=True)
        self.metrics.mkdir(parents=True)
        secrets = {"DATABASE_URL": postgres.url}
        self.variables = environment_of_pod(self.folder, secrets, {"/run/metrics": self.metrics})
        if cell.interface == "wsgi":
            assert self.variables["PROMETHEUS_MULTIPROC_DIR"] == str(self.metrics)
        else:
            # pykube gives uvicorn's processes no folder: nobody takes the files of a dead one away.
            self.variables["PROMETHEUS_MULTIPROC_DIR"] = str(self.metrics)
        self.server = Server(self.folder, self.programs, port, self.variables)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Keep the share of this process: several run at once, each with servers of its own.

    The tests of a service stay together. `PYKUBE_TEST_SHARE` is `number/count`, from 0.
    """
    number, count = map(int, os.environ.get("PYKUBE_TEST_SHARE", "0/1").split("/"))
    groups = [str(item.callspec.params["service"]) if hasattr(item, "callspec") else item.path.stem for item in items]
    order = sorted(set(groups), key=groups.index)
    mine = {group for index, group in enumerate(order) if index % count == number}
    config.hook.pytest_deselected(items=[item for item, group in zip(items, groups, strict=True) if group not in mine])
    items[:] = [item for item, group in zip(items, groups, strict=True) if group in mine]


@pytest.fixture(scope="session", params=CELLS, ids=str)
def service(request: pytest.FixtureRequest, postgres: Postgres, redis: Redis) -> Iterator[Service]:
    """The service of one cell."""
    service = Service(request.param, postgres, redis)
    yield service
    service.server.kill()
