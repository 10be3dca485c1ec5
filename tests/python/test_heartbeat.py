"""The heartbeat of Celery's worker and beat, in every pool, while the broker is there, away, and back."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from platform_services import Redis, free_port
from projects import ROOT, WORK, Cell, add_module, environment, make, run

CELL = Cell("celery", "django", "wsgi", "django-current")
INTERVAL = 10
# What a busy machine may add to the interval.
SLACK = 6


@pytest.fixture(scope="module")
def project() -> Path:
    """A Django project with Celery as its documentation sets it up, and our module."""
    folder = make(CELL, free_port())
    (folder / "config" / "celery.py").write_text(
        """\
import os
import time

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("shop", broker=os.environ["CELERY_BROKER_URL"])
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_schedule = {"mark": {"task": "config.celery.mark", "schedule": 1.0, "args": ("beat",)}}


@app.task
def nap(seconds):
    time.sleep(seconds)


@app.task
def mark(name):
    open(os.path.join(os.environ["MARKS"], name), "w").close()
"""
    )
    (folder / "config" / "__init__.py").write_text("from config.celery import app as celery_app\n")
    addition = add_module(folder, "heartbeat")
    assert {edit["place"]["file"] for edit in addition["edits"]} == {"config/celery.py"}
    return folder


def probe_command(file: Path) -> list[str]:
    """The exec probe as the manual has it, for another file."""
    manual = (ROOT / "docs" / "modules.md").read_text()
    [program] = re.findall(r"""python -I -S -c '(.*)'""", manual)
    assert '"/tmp/heartbeat"' in program
    return [sys.executable, "-I", "-S", "-c", program.replace("/tmp/heartbeat", str(file))]


def test_the_probe_tells_young_from_old(tmp_path: Path) -> None:
    """In little time, and whatever lies in the folder that it runs in."""
    (tmp_path / "time.py").write_text("raise SystemExit('the project was imported')")
    file = tmp_path / "heartbeat"
    probe = lambda: subprocess.run(probe_command(file), cwd=tmp_path, capture_output=True, check=False).returncode  # noqa: E731
    assert probe() != 0, "there is no file yet"
    file.touch()
    assert probe() == 0
    os.utime(file, (time.time() - 50, time.time() - 50))
    assert probe() == 0
    os.utime(file, (time.time() - 70, time.time() - 70))
    assert probe() == 1


def test_the_module_pleases_ruff_and_mypy_and_passes_its_tests(project: Path) -> None:
    """As the other modules."""
    programs = environment(CELL.packages)
    paths = ["config/heartbeat.py", "config/test_heartbeat.py"]
    rules = ["--select=ALL", "--ignore=D203,D213,COM812,CPY001", "--per-file-ignores=**/test_*.py:S101,**/test_*.py:PLR2004"]
    for target in ("py310", "py313"):
        run([str(programs / "ruff"), "check", "--isolated", f"--target-version={target}", "--line-length=79", *rules, *paths], project)
    for length in (79, 100):
        run([str(programs / "ruff"), "format", "--isolated", "--check", f"--line-length={length}", *paths], project)
    run([str(programs / "mypy"), "--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={WORK / 'mypy' / CELL.name}", *paths], project)
    variables = {"CELERY_BROKER_URL": "memory://", "DJANGO_SETTINGS_MODULE": "config.settings"}
    run([str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "config/test_heartbeat.py"], project, **variables)


class Process:
    """A process of Celery's with a temporary folder, and so a heartbeat, of its own."""

    def __init__(self, project: Path, name: str, broker: str, *arguments: str) -> None:
        """Start it."""
        self.name = name
        self.folder = WORK / "celery" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.file = self.folder / "heartbeat"
        programs = environment(CELL.packages)
        variables = {"TMPDIR": str(self.folder), "MARKS": str(self.folder.parent), "CELERY_BROKER_URL": broker}
        self.process = subprocess.Popen(
            [str(programs / "celery"), "-A", "config", *arguments],
            cwd=project,
            env={**os.environ, **variables},
            stdout=(self.folder / "output").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_for_heartbeat(self) -> None:
        """Wait until it beats."""
        deadline = time.monotonic() + 40
        while not self.file.exists():
            assert self.process.poll() is None, (self.folder / "output").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def age(self) -> float:
        """Seconds since the last touch."""
        return time.time() - self.file.stat().st_mtime

    def end(self) -> None:
        """Kill it and its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def oldest(processes: list[Process], seconds: float) -> dict[str, float]:
    """The greatest age that each heartbeat reaches within the time."""
    ages = dict.fromkeys((process.name for process in processes), 0.0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in processes:
            ages[process.name] = max(ages[process.name], process.age())
        time.sleep(0.2)
    return ages


def test_neither_a_lost_broker_nor_a_long_task_stops_the_heartbeat(project: Path, redis: Redis) -> None:
    """But a process that stands still does."""
    worker = ["worker", "--loglevel=info", "--concurrency=1", "--without-gossip", "--without-mingle"]
    queues = {"prefork": "prefork", "solo": "solo", "threads": "threads"}
    processes = [
        Process(project, pool, redis.url, *worker, f"--pool={pool}", f"--queues={queue}", f"--hostname={pool}@%h")
        for pool, queue in queues.items()
    ]
    processes.append(Process(project, "beat", redis.url, "beat", f"--schedule={WORK / 'celery' / 'schedule'}"))
    try:
        for process in processes:
            process.wait_for_heartbeat()
        send(project, redis, "nap", 20, "solo")
        redis.stop()
        early = Process(project, "started-without-broker", "redis://127.0.0.1:1/0", *worker)
        processes.append(early)
        early.wait_for_heartbeat()
        ages = oldest(processes, 2 * INTERVAL + 5)
        assert all(age < INTERVAL + SLACK for age in ages.values()), ages
        redis.start()

        # They are not only alive: the worker takes tasks again.
        mark = WORK / "celery" / "after"
        mark.unlink(missing_ok=True)
        send(project, redis, "mark", "after", "prefork")
        deadline = time.monotonic() + 40
        while not mark.exists():
            assert time.monotonic() < deadline, (processes[0].folder / "output").read_text()
            time.sleep(0.1)

        for process in processes:
            os.killpg(process.process.pid, signal.SIGSTOP)
        touched = {process.name: process.file.stat().st_mtime for process in processes}
        time.sleep(INTERVAL + SLACK)
        assert {process.name: process.file.stat().st_mtime for process in processes} == touched
    finally:
        for process in processes:
            process.end()


def send(project: Path, redis: Redis, task: str, argument: object, queue: str) -> None:
    """Send a task as the service would."""
    program = f"from config.celery import {task}; {task}.apply_async(args=({argument!r},), queue={queue!r})"
    python = str(environment(CELL.packages) / "python")
    run([python, "-c", program], project, CELERY_BROKER_URL=redis.url, MARKS="")
