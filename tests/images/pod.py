"""Runs a container of the plan the way a node would.

A container gets its own mount and process namespaces, the image as root file system (read-only when
the manifest says so), the volumes of the manifest, the numeric user without capabilities, and the
application as process 1: a signal that it does not handle is ignored there, as in a cluster.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import backing
from buildah import Failure

INSIDE = Path(__file__).with_name("inside.py")
REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")


def expand(text: str, variables: dict[str, str]) -> str:
    """Expand `$(NAME)` as the kubelet does: an unknown name stays, `$$` is one dollar.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/, `command`.
    """

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return variables.get(match[1], match[0])

    return REFERENCE.sub(value, text)


def variables(container: dict, image: dict) -> dict[str, str]:
    """The environment: that of the image, then the manifest's in its order."""
    found = dict(pair.split("=", 1) for pair in image.get("Env") or [])
    for entry in container["env"]:
        name, value = entry["name"], entry["value"]
        found[name] = backing.secret(name) if value is None else expand(value, found)
    return found


def command_line(container: dict, image: dict) -> list[str]:
    """`command` replaces both Entrypoint and Cmd of the image, `args` only its Cmd."""
    if container["command"]:
        return [*container["command"], *container["args"]]
    return [*(image.get("Entrypoint") or []), *(container["args"] or image.get("Cmd") or [])]


def user(container: dict, image: dict) -> tuple[int, int]:
    """The numeric user and group; the kubelet refuses a name beside `runAsNonRoot`."""
    of_image = image.get("User") or "0"
    name, _, group = of_image.partition(":")
    number = container["user"] if container["user"] is not None else name
    if not str(number).isdecimal():
        raise Failure(f"the image's user `{of_image}` is not numeric, so the kubelet cannot know that it is not root")
    if int(number) == 0:
        raise Failure("the container would run as root")
    if container["user"] is not None and name.isdecimal() and int(name) != container["user"]:
        raise Failure(f"the image is made for user {name}, the manifest runs it as {container['user']}")
    if container["group"] is not None:
        return int(number), container["group"]
    return int(number), int(group) if group.isdecimal() else 0


class Running:
    """A started container."""

    def __init__(self, process: subprocess.Popen, env: dict[str, str], identity: tuple[int, int], log: Path) -> None:
        self.process, self.env, self.identity, self.log = process, env, identity, log

    def pid(self) -> int:
        """The application's process, seen from outside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while self.process.poll() is None:
            with contextlib.suppress(OSError):
                if numbers := children.read_text().split():
                    return int(numbers[0])
            time.sleep(0.01)
        raise Failure(f"the container has ended with {self.process.returncode}\n{self.output()}")

    def output(self) -> str:
        """The last lines that the container wrote."""
        return "\n".join(f"    | {line}" for line in self.log.read_text(errors="replace").splitlines()[-40:])

    def exec(self, command: list[str], timeout: float) -> tuple[int, str]:
        """Run a command inside, as an exec probe does; its exit code and output."""
        user_id, group_id = self.identity
        enter = ["nsenter", f"--target={self.pid()}", "--mount", "--pid", "--root", "--wd"]
        enter += [f"--setuid={user_id}", f"--setgid={group_id}", "--"]
        try:
            done = subprocess.run(
                enter + command,
                env=self.env,
                timeout=timeout,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except subprocess.TimeoutExpired:
            return 124, f"no answer within {timeout} s"
        return done.returncode, done.stdout.strip()

    def finish(self, timeout: float) -> int:
        """Wait for the end; the exit code as the kubelet counts it (128 + signal)."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired as expired:
            raise Failure(f"still running after {timeout} s\n{self.output()}") from expired
        return 128 - code if code < 0 else code

    def stop(self, timeout: float) -> tuple[int, float]:
        """Send SIGTERM and wait; the exit code and the seconds that it took."""
        started = time.monotonic()
        os.kill(self.pid(), signal.SIGTERM)
        return self.finish(timeout), time.monotonic() - started


@contextlib.contextmanager
def start(container: dict, image: dict, root: Path, scratch: Path) -> Iterator[Running]:
    """Start a container; it is killed at the end of the block."""
    identity = user(container, image)
    env = variables(container, image)
    folder = Path(tempfile.mkdtemp(dir=scratch))
    specification = {
        "image": str(root),
        "layer": str(folder),
        "command": [expand(word, env) for word in command_line(container, image)],
        "env": env,
        "user": identity[0],
        "group": identity[1],
        "workdir": container["workdir"] or image.get("WorkingDir") or "/",
        "read_only": container["read_only"],
        "volumes": container["volumes"],
        "hosts": container["hosts"],
    }
    log = folder / "log"
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*namespaces, sys.executable, "-B", str(INSIDE), json.dumps(specification)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(process, env, identity, log)
    finally:
        process.kill()
        process.wait()
