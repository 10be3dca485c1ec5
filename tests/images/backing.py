"""The database and the broker that the examples use, from Debian packages, on 127.0.0.1.

They live in the namespaces of `serve.py`: nothing of them is left on the machine.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from buildah import Failure, run

PASSWORD = "p@ss:w/rd"  # must be quoted in a URL, like many a generated one
QUOTED_PASSWORD = "p%40ss%3Aw%2Frd"

Server = Callable[[Path], AbstractContextManager[None]]


def secret(name: str) -> str:
    """A value for a Secret's variable: real where something must be reached, else a dummy."""
    for suffix, value in SECRETS.items():
        if name.endswith(suffix):
            return value
    return f"dummy-of-{name.lower()}-0123456789"


def needed(plan: dict) -> list[Server]:
    """The servers that the variables of the plan lead to."""
    containers = [pod["container"] for pod in plan["jobs"] + plan["workloads"]]
    names = {entry["name"] for container in containers for entry in container["env"]}
    return [server for server, suffixes in SERVERS.items() if any(name.endswith(suffixes) for name in names)]


def postgres_binaries() -> Path:
    """The folder of the server's programs; Debian keeps them off the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    folders += [Path(folder) for folder in os.get_exec_path()]
    for folder in folders:
        if all((folder / program).exists() for program in ("initdb", "postgres", "pg_isready")):
            return folder
    raise Failure("`initdb` is missing: install the package postgresql")


def until(ready: Callable[[], bool], what: str) -> None:
    """Wait at most 30 seconds."""
    for _ in range(150):
        if ready():
            return
        time.sleep(0.2)
    raise Failure(f"{what} did not start within 30 s")


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    """A server that is ended with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[None]:
    """PostgreSQL on its usual port, empty; it refuses to run as root."""
    account = pwd.getpwnam("postgres")
    binaries = postgres_binaries()
    data, password = folder / "data", folder / "password"
    folder.mkdir()
    password.write_text(PASSWORD)
    os.chown(folder, account.pw_uid, account.pw_gid)
    identity = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    initialise = [
        "--auth=scram-sha-256",
        "--username=postgres",
        f"--pwfile={password}",
        "--no-sync",
        "--locale=C.UTF-8",
    ]
    run([*identity, str(binaries / "initdb"), *initialise, str(data)], timeout=120)
    options = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    with running([*identity, str(binaries / "postgres"), "-D", str(data), *options], folder / "log"):
        isready = [str(binaries / "pg_isready"), "--quiet", "--host=127.0.0.1"]
        until(lambda: subprocess.run(isready).returncode == 0, "PostgreSQL")
        yield


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[None]:
    """Redis on its usual port, with a password, keeping nothing."""
    program = shutil.which("redis-server")
    if program is None:
        raise Failure("`redis-server` is missing: install the package redis-server")
    folder.mkdir()
    settings = ["--requirepass", PASSWORD, "--save", "", "--dir", str(folder), "--bind", "127.0.0.1"]
    with running([program, *settings], folder / "log"):
        ready = "Ready to accept connections"
        until(lambda: ready in (folder / "log").read_text(), "Redis")
        yield


# How the variables' names end, and where they lead.
SECRETS = {
    "DATABASE_URL": f"postgresql://postgres:{QUOTED_PASSWORD}@127.0.0.1:5432/postgres",
    "REDIS_URL": f"redis://:{QUOTED_PASSWORD}@127.0.0.1:6379/0",
    "BROKER_URL": f"redis://:{QUOTED_PASSWORD}@127.0.0.1:6379/0",
    "REDIS_PASSWORD": PASSWORD,
}
SERVERS: dict[Server, tuple[str, ...]] = {
    postgres: ("DATABASE_URL",),
    redis: ("REDIS_URL", "BROKER_URL", "REDIS_PASSWORD"),
}
