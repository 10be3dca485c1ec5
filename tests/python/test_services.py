"""Every module in every fresh project, under the generated server command, with real databases.

The tests of a service run in the order of this file: the last one stops it.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import Service
from platform_services import Postgres, Redis
from projects import HOST, LONG, MODULES, WORK, run
from server import Answer, Server

# Of each service.
WORKERS = 2
# What the kubelet waits for an answer.
PROBE_TIMEOUT = 3
ROUTES = {
    "django": ("/hello/<int:number>", "/fail/<int:number>"),
    "flask": ("/hello/<int:number>", "/fail/<int:number>"),
    "fastapi": ("/hello/{number}", "/fail/{number}"),
}


def wait_until_ready(server: Server) -> Answer:
    """Probe until the service is ready again."""
    deadline = time.monotonic() + 30
    while (answer := server.probe("/readyz")).status != 200:
        assert time.monotonic() < deadline, answer.body
        time.sleep(0.2)
    return answer


def test_the_modules_please_ruff_and_mypy(service: Service) -> None:
    """With every rule but those that contradict each other, and --strict."""
    modules = [path for path in service.folder.rglob("*.py") if path.stem.removeprefix("test_") in OURS]
    assert len(modules) == 2 * len(OURS), modules
    paths = [str(path.relative_to(service.folder)) for path in sorted(modules)]
    please_ruff_and_mypy(service.folder, service.programs, paths)


def please_ruff_and_mypy(folder: Path, programs: Path, paths: list[str]) -> None:
    """Check the files by all rules at every usual length of lines, for the oldest Python and a new one."""
    ruff = [str(programs / "ruff")]
    # D203 and D213 contradict D211 and D212, COM812 the formatter; CPY001 is for licences at the head of files.
    rules = ["--select=ALL", "--ignore=D203,D213,COM812,CPY001", "--per-file-ignores=**/test_*.py:S101,**/test_*.py:PLR2004"]
    for target in ("py310", "py313"):
        check = [*ruff, "check", "--isolated", f"--target-version={target}", "--line-length=79"]
        run([*check, *rules, *paths], folder)
    for length in (79, 88, 100, 120):
        run([*ruff, "format", "--isolated", "--check", f"--line-length={length}", *paths], folder)
    mypy = [str(programs / "mypy"), "--strict", "--follow-imports=silent", "--config-file="]
    run([*mypy, f"--cache-dir={WORK / 'mypy' / folder.name}", *paths], folder)


OURS = {"health", "metrics", "json_logs", "db_pool"}


def test_the_modules_bring_tests_that_pass(service: Service) -> None:
    """Those that are written beside them, in the project itself."""
    tests = sorted(str(path.relative_to(service.folder)) for path in service.folder.rglob("test_*.py"))
    variables = {**service.variables}
    for of_the_pod in ("PROMETHEUS_MULTIPROC_DIR", "METRICS_PORT"):
        variables.pop(of_the_pod, None)
    if service.cell.framework == "django":
        variables["DJANGO_SETTINGS_MODULE"] = "config.settings"
    pytest_command = [str(service.programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    printed = run(pytest_command, service.folder, **variables)
    assert " passed" in printed
    assert " skipped" not in printed
    if service.cell.framework == "django":
        run([str(service.programs / "python"), "manage.py", "test"], service.folder, **variables)


def test_pykube_finds_what_it_wrote(service: Service) -> None:
    """So that `init` proposes the paths, and `check` finds nothing wrong with them."""
    pykube = os.environ["PYKUBE_BIN"]
    found = json.loads(run([pykube, "detect", "--format", "json"], service.folder))
    assert (found["health"], found["metrics_path"]) == (["/livez", "/readyz"], "/metrics")
    for module in MODULES:
        again = json.loads(run([pykube, "add", module, "--format", "json"], service.folder))
        assert (again["edits"], again["settings"]) == ([], []), "everything is there already"
        assert {file["status"] for file in again["files"]} == {"unchanged"}


def test_probes_are_answered_whatever_the_host(service: Service) -> None:
    """The kubelet asks the pod's address over plain HTTP."""
    alive = service.server.probe("/livez")
    assert (alive.status, alive.json()) == (200, {"status": "ok"})
    ready = service.server.probe("/readyz")
    assert ready.status == 200, ready.body
    expected = {"django": {"database default", "cache"}}.get(service.cell.framework, {"database", "redis"})
    assert set(ready.json()["checks"]) == expected
    assert service.server.get("/database").body == b"42"
    if service.cell.framework == "django":
        # The application itself stays as strict as it was.
        assert service.server.probe("/database").status == 400
        assert service.server.get("/database", X_Forwarded_Proto="http").status == 301


def test_not_ready_without_the_database(service: Service, postgres: Postgres) -> None:
    """Within the probe's patience; alive all the time; ready again by itself."""
    postgres.stop()
    try:
        answer = service.server.probe("/readyz")
        assert answer.status == 503
        assert answer.seconds < PROBE_TIMEOUT
        words = answer.json()["checks"]
        # A pool that waits for a connection gives no answer, the rest names the error.
        assert next(words[name] for name in words if name.startswith("database")) != "ok"
        assert {words[name] for name in words if not name.startswith("database")} == {"ok"}
        assert b"127.0.0.1" not in answer.body
        assert service.server.probe("/livez").status == 200
    finally:
        postgres.start()
    wait_until_ready(service.server)
    assert service.server.get("/database").body == b"42"


def test_not_ready_while_the_database_hangs(service: Service, postgres: Postgres) -> None:
    """Nobody refuses, nobody answers: the worst of all failures."""
    threads_before = threads_of(service.server)
    postgres.freeze()
    try:
        for _ in range(2):
            answer = service.server.probe("/readyz")
            assert answer.status == 503
            assert answer.seconds < PROBE_TIMEOUT
            alive = service.server.probe("/livez")
            assert (alive.status, alive.seconds < 1) == (200, True)
        # One thread for each process at most, however many probes came; asyncio's resolver and to_thread have some.
        assert threads_of(service.server) <= threads_before + 10
    finally:
        postgres.thaw()
    wait_until_ready(service.server)


def threads_of(server: Server) -> int:
    """Count the threads of the server's processes."""
    listed = run(["ps", "-o", "nlwp=", "--ppid", str(server.process.pid), "--pid", str(server.process.pid)])
    return sum(int(line) for line in listed.split())


def test_not_ready_without_redis(service: Service, redis: Redis) -> None:
    """The cache that requests need is asked too, at the same time."""
    redis.stop()
    try:
        answer = service.server.probe("/readyz")
        assert answer.status == 503
        assert answer.seconds < PROBE_TIMEOUT
        words = answer.json()["checks"]
        assert {name for name, word in words.items() if word != "ok"} == {"cache" if "cache" in words else "redis"}
        assert str(redis.port).encode() not in answer.body
        assert service.server.probe("/livez").status == 200
    finally:
        redis.start()
    wait_until_ready(service.server)


def totals(server: Server) -> Counter[tuple[str, str]]:
    """Read requests by route and status from the metrics, as Prometheus does."""
    page = server.scrape()
    assert page.status == 200
    counted: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(page.body.decode()):
        for sample in family.samples:
            if sample.name == "http_requests_total":
                counted[sample.labels["route"], sample.labels["status"]] += int(sample.value)
            if sample.name == "http_request_duration_seconds_count":
                counted[sample.labels["route"], "duration"] += int(sample.value)
            if sample.name == "http_requests_in_progress":
                counted["", "in progress"] += int(sample.value)
    return counted


def test_metrics_and_logs_are_complete_under_load(service: Service) -> None:
    """Several workers, some of them replaced meanwhile; failures among the requests."""
    server = service.server
    hello, fail = ROUTES[service.cell.framework]
    before, lines_before = totals(server), len(server.lines())
    paths = [f"/fail/{n}?token=hidden" if n % 8 == 0 else f"/hello/{n}?token=hidden" for n in range(400)]
    answers = server.get_all(paths)
    assert Counter(answer.status for answer in answers) == {200: 350, 500: 50}
    time.sleep(0.5)

    after = totals(server)
    assert after[hello, "200"] - before[hello, "200"] == 350
    assert after[fail, "500"] - before[fail, "500"] == 50
    assert after[hello, "duration"] - before[hello, "duration"] == 350
    assert after["", "in progress"] == 0
    assert totals(server) == after, "looking at the metrics must not change them"
    assert server.get("/metrics", X_Forwarded_For="203.0.113.9").status == 404
    if service.cell.metrics_port:
        assert server.metrics_port != server.port
        assert server.get("/metrics").status == 404, "nothing is served on the port that the Ingress leads to"

    records = [json.loads(line) for line in server.lines()[lines_before:]]
    assert all({"time", "level", "logger", "message"} <= record.keys() for record in records)
    told = [record for record in records if record["logger"] == "shop" and "number" in record]
    assert Counter(record["number"] for record in told) == Counter(n for n in range(400) if n % 8)
    access = [record for record in records if record["logger"] in {"gunicorn.access", "uvicorn.access"}]
    statuses = Counter(record["status"] for record in access if record["path"].startswith(("/hello", "/fail")))
    assert statuses == {200: 350, 500: 50}
    assert "hidden" not in "".join(server.lines()[lines_before:])
    if service.cell.interface == "wsgi":
        booted = [line for line in server.lines() if "Booting worker" in line]
        assert len(booted) > WORKERS, "some workers were replaced"
        # Counter, histogram and gauge of each worker that runs, and of the master: new ones go on in the old files.
        assert len(list(service.metrics.glob("*.db"))) <= 3 * (WORKERS + 1)
    failures = [record for record in records if "no luck" in record.get("exception", "")]
    assert len(failures) >= 50
    assert all(len(record["exception"]) > LONG for record in failures)


def test_the_ids_of_a_request_are_in_its_lines(service: Service) -> None:
    """From the caller to the application's lines, and to the server's own."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = f"00-{trace}-00f067aa0ba902b7-01"
    answer = service.server.get("/hello/7", X_Request_ID="checkout-1234", traceparent=parent)
    assert answer.headers["x-request-id"] == "checkout-1234"
    time.sleep(0.3)
    records = [json.loads(line) for line in service.server.lines()]
    mine = [record for record in records if record.get("request_id") == "checkout-1234"]
    assert {record["trace_id"] for record in mine} == {trace}
    assert {record["logger"].partition(".")[0] for record in mine} >= {"shop"}
    assert any(record["logger"].endswith(".access") for record in mine)


def test_the_platforms_visits_are_not_told(service: Service) -> None:
    """Unless they fail, as they did above."""
    access = [
        record
        for record in map(json.loads, service.server.lines())
        if record.get("path") in {"/livez", "/readyz", "/metrics"}
    ]
    assert access
    assert all(record["status"] >= 400 for record in access)


def test_connections_stay_within_their_share(service: Service, postgres: Postgres) -> None:
    """However many ask at once."""
    server = service.server
    answers = server.get_all(["/database"] * 200, threads=24)
    assert {answer.body for answer in answers} == {b"42"}
    query = "import psycopg; print(psycopg.connect('%s').execute('select count(*) from pg_stat_activity where backend_type = %s', ['client backend']).fetchone()[0] - 1)"
    program = query % (postgres.url, "%s")
    # A worker that was replaced meanwhile opens its pool with the next request.
    server.get_all(["/database"], threads=1)
    held = int(run([str(service.programs / "python"), "-c", program]))
    constants = run(
        [str(service.programs / "python"), "-c", f"from {package_of(service)}.db_pool import *; print(POOL_SIZE, PROCESSES)"],
        service.folder,
    )
    size, processes = map(int, constants.split())
    assert 1 <= held <= size * processes


def package_of(service: Service) -> str:
    """Name the package that the modules are in."""
    return {"django": "config", "flask": "shop", "fastapi": "app"}[service.cell.framework]


def test_no_request_is_lost_on_sigterm(service: Service) -> None:
    """Those under way are answered, the probe says no more, and the process ends by itself."""
    server = service.server
    wait_until_ready(server)
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    kept.request("GET", "/readyz", headers={"Host": HOST})
    assert kept.getresponse().read()
    answers: list[Answer | OSError] = []

    def ask() -> None:
        try:
            answers.append(server.get("/slow"))
        except OSError as error:
            answers.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    started = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert_no_more_traffic(kept)
    for thread in threads:
        thread.join(20)
    assert [getattr(answer, "status", answer) for answer in answers] == [200] * 4
    assert server.process.wait(15) == 0
    # The slow requests need two seconds, and what gunicorn gives to kept connections two more.
    assert time.monotonic() - started < 7


def assert_no_more_traffic(kept: http.client.HTTPConnection) -> None:
    """See a connection that was kept open be closed, or told that the service drains.

    Uvicorn's supervisor looks at its signals twice a second.
    """
    deadline = time.monotonic() + 1.2
    last = time.monotonic() + 6
    while True:
        try:
            kept.request("GET", "/readyz", headers={"Host": HOST})
            answer = kept.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 503:
            # On a machine that is short of time, the database may not have answered a probe that was under way.
            if json.loads(body) == {"status": "draining"}:
                return
            deadline = max(deadline, time.monotonic() + 1.2)
            assert time.monotonic() < last, body
        assert time.monotonic() < deadline, f"{answer.status} {body} after SIGTERM"
        time.sleep(0.1)


def test_every_line_of_a_whole_life_is_json(service: Service) -> None:
    """From the first to the last, whatever happened in between."""
    service.server.kill()
    lines = service.server.lines()
    assert len(lines) > 500
    for line in lines:
        assert isinstance(json.loads(line), dict)


if __name__ == "__main__":
    pytest.main([__file__])
