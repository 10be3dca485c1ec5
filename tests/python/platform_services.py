"""PostgreSQL and redis from the machine's own packages, started and stopped at will."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 20) -> None:
    """Wait until somebody listens on the port."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def find_program(name: str) -> str | None:
    """Look on the path, and where Debian keeps PostgreSQL's programs."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


class Postgres:
    """A PostgreSQL cluster of the test's own."""

    def __init__(self) -> None:
        """Make the cluster and start it."""
        self.folder = Path(tempfile.mkdtemp(prefix="pykube-postgres-"))
        self.port = free_port()
        # PostgreSQL refuses to run as root.
        self.user = ["runuser", "-u", "nobody", "--"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "nobody")
        self.data = self.folder / "data"
        initdb = [str(find_program("initdb")), "--pgdata", str(self.data)]
        initdb += ["--username=shop", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        self.run([*initdb, "--locale=C"])
        self.start()

    @property
    def url(self) -> str:
        """The address of the database."""
        return f"postgresql://shop@127.0.0.1:{self.port}/postgres"

    def run(self, command: list[str]) -> None:
        """Run a program of PostgreSQL's as its user."""
        done = subprocess.run([*self.user, *command], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off -c max_connections=100"
        log = str(self.folder / "log")
        command = [str(find_program("pg_ctl")), "--pgdata", str(self.data), "--log", log]
        self.run([*command, "--wait", "-o", options, "start"])

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        command = [str(find_program("pg_ctl")), "--pgdata", str(self.data)]
        self.run([*command, "--mode=immediate", "--wait", "stop"])

    def processes(self) -> list[int]:
        """All processes of the server, its own first."""
        own = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it ended just now
            if int(fields[1]) == own:
                children.append(int(stat.parent.name))
        return [own, *children]

    def freeze(self) -> None:
        """Let it hang: connections are taken, and nothing is answered."""
        for process in self.processes():
            # One that served a connection may have ended since they were listed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for process in self.processes():
            # Those whose caller has gone end as soon as they may.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and take its files away."""
        self.stop()
        shutil.rmtree(self.folder)


class Redis:
    """A redis server of the test's own."""

    def __init__(self) -> None:
        """Start it."""
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        command = [str(find_program("redis-server")), "--port", str(self.port)]
        command += ["--save", "", "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir())
        wait_for_port(self.port)

    def stop(self) -> None:
        """Stop it at once."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Let it hang: connections are taken, and nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)
