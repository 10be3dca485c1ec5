"""The modules in the repository's own examples, which have health endpoints (and metrics) of their own.

First pykube must leave those alone; then they are put aside, and ours take their place.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from platform_services import Postgres, Redis, free_port
from projects import HERE, MODULES, ROOT, WORK, add_module, environment_of, run
from server import Server
from test_services import assert_no_more_traffic, totals, wait_until_ready

EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Example:
    """An example, and what its environment is."""

    name: str
    # Modules of its own that ours would be written over.
    own: tuple[str, ...] = ()
    # Path that it answers, and what it says there.
    page: tuple[str, int] = ("/", 200)
    modules: tuple[str, ...] = tuple(MODULES)
    variables: dict[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()


CASES = [
    Example("django", own=("config/health.py",), checks=("database default",)),
    Example("flask", own=("bookmarks/health.py",), page=("/nowhere", 404), checks=("database",)),
    Example("fastapi", page=("/nowhere", 404), checks=("database",)),
    Example("tutorial", modules=("health", "metrics", "logging")),
    Example(
        "case-study",
        own=("config/health.py", "config/metrics.py"),
        page=("/nowhere", 404),
        checks=("database default", "cache", "broker"),
    ),
]


@pytest.mark.parametrize("service", CASES, ids=lambda example: f"example-{example.name}")
def test_an_example_takes_the_modules(service: Example, postgres: Postgres, redis: Redis) -> None:
    """Written, wired, started, probed without its database, stopped."""
    example = service
    folder = WORK / "projects" / f"example-{example.name}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(EXAMPLES / example.name, folder)
    port = free_port()
    make_settings(folder, port)
    for path in example.own:
        refuses_to_overwrite(folder, path)
        put_aside(folder, path)
    for module in example.modules:
        add_module(folder, module)
    run([os.environ["PYKUBE_BIN"], "render", "--force"], cwd=folder)

    metrics = WORK / "metrics" / f"example-{example.name}"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    url = postgres.url.replace("postgresql://", "postgresql+psycopg://") if example.name in {"flask", "fastapi"} else postgres.url
    variables = {
        "SECRET_KEY": "only-for-this-test",
        "ALLOWED_HOSTS": "shop.example.com",
        "DATABASE_URL": url,
        "REDIS_URL": redis.url,
        "CELERY_BROKER_URL": redis.url,
        "WEB_CONCURRENCY": "2",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    programs = example_environment(folder, example.name)
    if (folder / "manage.py").is_file():
        run([str(programs / "python"), "manage.py", "collectstatic", "--noinput"], folder, **variables)
        run([str(programs / "python"), "manage.py", "migrate", "--noinput"], folder, **variables)
    server = Server(folder, programs, port, variables)
    try:
        serves_and_drains(example, server, postgres, redis)
    finally:
        server.kill()
    for line in server.lines():
        assert isinstance(json.loads(line), dict)


def serves_and_drains(example: Example, server: Server, postgres: Postgres, redis: Redis) -> None:
    """Look at the service from all sides."""
    # An example that names a path keeps it.
    alive = tomllib.loads((server.folder / "app.toml").read_text())["probes"]["liveness"]
    ready = wait_until_ready(server)
    assert tuple(ready.json()["checks"]) == example.checks
    path, status = example.page
    before = totals(server)
    assert {answer.status for answer in server.get_all([path] * 20)} == {status}
    after = totals(server)
    assert sum(after.values()) - sum(before.values()) == 2 * 20, "requests and their durations"
    by_database = {name for name in example.checks if name.startswith("database")}
    for names, away in ((by_database, postgres), (set(example.checks) - by_database, redis)):
        if not names:
            continue
        away.stop()
        try:
            answer = server.probe("/readyz")
            assert (answer.status, answer.seconds < 3) == (503, True)
            assert {name for name, word in answer.json()["checks"].items() if word != "ok"} == names
            assert server.probe(alive).status == 200
        finally:
            away.start()
        wait_until_ready(server)
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    kept.request("GET", alive, headers={"Host": "shop.example.com"})
    assert kept.getresponse().read()
    server.process.terminate()
    assert_no_more_traffic(kept)
    assert server.process.wait(15) == 0


def make_settings(folder: Path, port: int) -> None:
    """Give the example a port of its own, and an `app.toml` where it has none yet."""
    file = folder / "app.toml"
    if not file.is_file():
        run([os.environ["PYKUBE_BIN"], "init"], cwd=folder)
    text = file.read_text()
    text = re.sub(r"^port = \d+\n", "", text, flags=re.MULTILINE)
    file.write_text(text.replace("[app]\n", f"[app]\nport = {port}\n", 1))


def refuses_to_overwrite(folder: Path, path: str) -> None:
    """A file that pykube did not write is never touched."""
    before = (folder / path).read_bytes()
    module = Path(path).stem
    command = [os.environ["PYKUBE_BIN"], "add", module]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert path in done.stderr
    assert (folder / path).read_bytes() == before
    assert not (folder / path).with_name(f"test_{module}.py").exists(), "all or nothing"


def put_aside(folder: Path, path: str) -> None:
    """Rename the example's own module, everywhere."""
    name = Path(path).stem
    (folder / path).rename(folder / path.replace(f"{name}.py", f"own_{name}.py"))
    package = Path(path).parent.name
    for file in folder.rglob("*.py"):
        if "tests" in file.parts:
            continue
        text = file.read_text()
        text = re.sub(rf"\b{package}\.{name}\b", f"{package}.own_{name}", text)
        text = re.sub(rf"(from {package} import [^\n]*)\b{name}\b", rf"\1own_{name} as {name}", text)
        # The name is ours from now on.
        text = re.sub(rf"\b{name}\.(blueprint|livez|readyz)\b", rf"own_{name}.\1", text)
        text = text.replace(f"own_{name} as {name}", f"own_{name}")
        if file.stem == "own_metrics":
            text = text.replace('"http_', '"own_http_')
        file.write_text(text)


def example_environment(folder: Path, name: str) -> Path:
    """Install what the example's own lock file pins, and what the modules need."""
    extras = HERE / "requirements" / "example-extras.txt"
    locked = folder / "requirements.txt"
    if (folder / "uv.lock").is_file():
        export = [os.environ["PYKUBE_TEST_UV"], "export", "--quiet", "--frozen", "--no-dev", "--no-hashes"]
        locked = WORK / f"{name}-pins.txt"
        locked.write_text(run([*export, "--no-emit-project"], cwd=folder))
    else:
        text = re.sub(r" \\\n +--hash=\S+", "", locked.read_text())
        locked = WORK / f"{name}-pins.txt"
        locked.write_text(text)
    files = [locked, extras]
    if "gunicorn" not in locked.read_text() and "uvicorn" not in locked.read_text():
        files.append(HERE / "requirements" / "example-server.txt")
    return environment_of(f"example-{name}", files)
