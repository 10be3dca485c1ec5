"""Lines longer than a pipe takes at once, from several processes into one pipe, with the module and without."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from platform_services import free_port
from projects import Cell, add_module, environment, make

CELL = Cell("lines", "flask", "wsgi", "flask-current")
PROCESSES = 4
THREADS = 2
LINES = 40
# Linux' PIPE_BUF is 4096, and its pipes hold 65,536: beyond that a write stops in the middle of a line.
SIZES = (6_000, 20_000, 200_000)

# Forked as gunicorn forks, each with threads as its workers have them; every other line is an exception.
PROGRAM = """\
import logging, logging.config, os, sys, threading
from shop.json_logs import LOGGING, JsonFormatter

with_module, processes, threads, lines, size = sys.argv[1] == "module", *map(int, sys.argv[2:])
if with_module:
    logging.config.dictConfig(LOGGING)
else:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level="INFO")
logger = logging.getLogger("shop")


def write(writer):
    for number in range(lines):
        extra = {"writer": writer, "number": number}
        text = "%x" % (number % 16) * size
        if number % 2:
            logger.info(text, extra=extra)
            continue
        try:
            raise RuntimeError(text)
        except RuntimeError:
            logger.exception("failed", extra=extra)


for process in range(processes):
    if os.fork() == 0:
        writers = [threading.Thread(target=write, args=(f"{process}.{n}",)) for n in range(threads)]
        [thread.start() for thread in writers]
        [thread.join() for thread in writers]
        sys.stdout.flush()
        os._exit(0)
for _ in range(processes):
    os.wait()
"""


@pytest.fixture(scope="module")
def project() -> Path:
    """A project with the module in it."""
    folder = make(CELL, free_port())
    add_module(folder, "logging")
    (folder / "writers.py").write_text(PROGRAM)
    # Only the module is imported, not the application.
    (folder / "shop" / "__init__.py").write_text("")
    return folder


def output_of(project: Path, way: str, size: int) -> list[bytes]:
    """Let all write at once, to a collector that is slower than they are."""
    command = [str(environment(CELL.packages) / "python"), "writers.py", way, *map(str, (PROCESSES, THREADS, LINES, size))]
    chunks = []
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, bufsize=0) as process:
        while chunk := process.stdout.read(32_768):
            chunks.append(chunk)
            time.sleep(0.0005)
    assert process.returncode == 0
    return b"".join(chunks).splitlines()


def whole(lines: list[bytes], size: int) -> Counter[tuple[str, int]]:
    """Count the lines that are JSON and have all of their text, by who wrote them."""
    counted: Counter[tuple[str, int]] = Counter()
    for line in lines:
        try:
            record = json.loads(line)
            text = record.get("exception", record["message"])
            writer, number = record["writer"], record["number"]
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # a piece, which may happen to be JSON too
        if f"{number % 16:x}" * size in text:
            counted[writer, number] += 1
    return counted


def test_no_line_is_torn_by_another_process(project: Path) -> None:
    """Every one of them arrives, once and whole; without the module they do not."""
    torn = dict.fromkeys(("module", "plain"), 0)
    for way in torn:
        for size in SIZES:
            lines = output_of(project, way, size)
            arrived = whole(lines, size)
            missing = PROCESSES * THREADS * LINES - len(arrived)
            torn[way] += missing
            print(f"{way}, {size} bytes: {missing} of {PROCESSES * THREADS * LINES} lines torn")
            if way == "module":
                assert len(lines) == PROCESSES * THREADS * LINES
                assert set(arrived.values()) == {1}
    assert torn["module"] == 0
    assert torn["plain"] > 0, "the test must be able to see a torn line"
