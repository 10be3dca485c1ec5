"""A service, started with the command that pykube puts into the image, and a client that asks it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from projects import HOST


@dataclass(frozen=True)
class Answer:
    """What a service said."""

    status: int
    body: bytes
    headers: dict[str, str]
    seconds: float

    def json(self) -> dict:
        """Read the body as JSON."""
        return json.loads(self.body)


class Server:
    """A service under its generated command."""

    def __init__(self, folder: Path, programs: Path, port: int, variables: dict[str, str]) -> None:
        """Start it and wait until it serves."""
        self.port = port
        # Where Prometheus asks.
        self.metrics_port = int(variables.get("METRICS_PORT", port))
        self.folder = folder
        command = command_of(folder)
        self.output = folder / "output.log"
        self.errors = folder / "errors.log"
        environment = {**os.environ, **variables, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        with self.output.open("wb") as output, self.errors.open("wb") as errors:
            # A pipe, as a container runtime has it: what is longer than it takes at once may be torn.
            self.collector = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=output)
            self.process = subprocess.Popen(
                [str(programs / command[0]), *command[1:]],
                cwd=folder,
                env=environment,
                stdout=self.collector.stdin,
                stderr=errors,
                start_new_session=True,
            )
        self.wait_until_it_serves()

    def wait_until_it_serves(self) -> None:
        """Ask until there is an answer."""
        deadline = time.monotonic() + 30
        while True:
            assert self.process.poll() is None, self.errors.read_text() + self.output.read_text()
            try:
                self.get("/livez", timeout=2)
            except OSError:
                assert time.monotonic() < deadline, self.errors.read_text()
                time.sleep(0.1)
            else:
                return

    def get(self, path: str, timeout: float = 20, port: int = 0, **headers: str) -> Answer:
        """Ask as an ingress does, unless the headers say otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        started = time.monotonic()
        given = {"Host": HOST, "X-Forwarded-Proto": "https"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request("GET", path, headers=given)
            answer = connection.getresponse()
            body = answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        return Answer(answer.status, body, {name.lower(): value for name, value in answer.getheaders()}, time.monotonic() - started)

    def probe(self, path: str) -> Answer:
        """Ask as the kubelet does: the pod's address, plain HTTP, and no patience beyond three seconds."""
        return self.get(path, timeout=3, Host=f"10.0.0.7:{self.port}", X_Forwarded_Proto="http")

    def scrape(self) -> Answer:
        """Ask as Prometheus does."""
        return self.get("/metrics", port=self.metrics_port, Host=f"10.0.0.7:{self.metrics_port}", X_Forwarded_Proto="http")

    def get_all(self, paths: list[str], threads: int = 8) -> list[Answer]:
        """Ask for many at a time."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.get, paths))

    def lines(self) -> list[str]:
        """All lines on standard output so far."""
        return self.output.read_text().splitlines()

    def kill(self) -> None:
        """Make an end of it and of its workers, if there is none yet."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.collector.stdin.close()
        self.collector.wait(10)


def command_of(folder: Path) -> list[str]:
    """Read the command of the generated image."""
    dockerfile = (folder / "Dockerfile").read_text().splitlines()
    [line] = [line for line in dockerfile if line.startswith("CMD ")]
    command: list[str] = json.loads(line.removeprefix("CMD "))
    return command
