"""A rendered project, its server under the rendered command, and clients that ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def app_toml(interface: str, server: str, port: int, more: str = "") -> str:
    """Write an app.toml whose `[server]` is `server`, with further sections."""
    framework = "fastapi" if interface == "asgi" else "flask"
    return (
        f'[app]\nname = "shop"\nframework = "{framework}"\nentrypoint = "application:{interface}"\nport = {port}\n'
        f'[image]\nrepository = "ghcr.io/acme/shop"\n[server]\n{server}\n{more}\n'
    )


class Service:
    """The server of a rendered project, alone in a folder."""

    def __init__(self, interface: str, server: str, more: str = "", programs: Path | None = None, **variables: str) -> None:
        """Render, start, and wait until it answers."""
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="pykube-server-"))
        (self.folder / "app.toml").write_text(app_toml(interface, server, self.port, more))
        shutil.copy(HERE / "application.py", self.folder)
        subprocess.run([os.environ["PYKUBE_BIN"], "render", "-q", str(self.folder)], check=True)
        self.manifest = (self.folder / "k8s/deployment.yaml").read_text()
        line = re.search(r"^CMD (.*)$", (self.folder / "Dockerfile").read_text(), re.MULTILINE)
        self.command = json.loads(line[1])
        self.log = self.folder / "log"
        programs = programs or Path(os.environ["PYKUBE_SERVERS"])
        environment = {**os.environ, **self.variables(), "PATH": f"{programs}:{os.environ['PATH']}", **variables}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while True:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            try:
                self.get(self.probe_path())
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            else:
                return

    def __enter__(self) -> Service:
        """Give the service."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no process and no file."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def variables(self) -> dict[str, str]:
        """Read the literal variables of the manifest."""
        pairs = re.findall(r"- name: (\w+)\n +value: (.*)", self.manifest)
        return {name: value.strip().strip('"') for name, value in pairs}

    def probe_path(self) -> str:
        """Read the path of the first probe; `/` without one."""
        found = re.search(r"httpGet:\n +path: (\S+)", self.manifest)
        return found[1] if found else "/"

    def connect(self, timeout: float = 10) -> http.client.HTTPConnection:
        """Open a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.connect()
        return connection

    def get(self, path: str, headers: dict[str, str] | None = None, timeout: float = 10) -> dict:
        """Ask on a new connection."""
        connection = self.connect(timeout)
        with contextlib.closing(connection):
            return ask(connection, path, headers)[0]

    def stop(self) -> int:
        """Ask it to end as the kubelet does; the exit code, or an error after ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


def ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str] | None = None) -> tuple[dict, bool]:
    """Ask on an open connection: what was said, and whether the connection stays open."""
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, (response.status, body)
    stays = response.headers.get("Connection", "").lower() != "close"
    return json.loads(body), stays
