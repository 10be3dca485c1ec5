"""Runs the pods of one example from its built image: `serve.py WORK PLAN`.

Jobs first, then each Deployment: its probes, SIGTERM, a clean end. Everything happens in mount and
network namespaces of its own, so no port of the machine is taken and nothing is left mounted.
"""

import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import backing
import pod
import probe
from buildah import Buildah, Failure, run, say

# include/uapi/linux/sockios.h, include/uapi/linux/if.h
SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x1 | 0x40

SIGTERM_UNHANDLED = 143


def isolate() -> None:
    """Start again in fresh namespaces; the second time there is nothing to do."""
    if os.environ.get("PYKUBE_TEST_NAMESPACES"):
        return
    environment = os.environ | {"PYKUBE_TEST_NAMESPACES": "1"}
    # The process namespace ends all servers with this script, however it ends.
    namespaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    os.execvpe("unshare", ["unshare", *namespaces, sys.executable, "-B", *sys.argv], environment)


def loopback() -> None:
    """Switch on the only network device that a new namespace has."""
    with socket.socket() as device:
        fcntl.ioctl(device, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP_RUNNING))


class Example:
    """One example's image, files and backing services."""

    def __init__(self, plan: dict, image: dict, root: Path, scratch: Path) -> None:
        self.plan, self.image, self.root, self.scratch = plan, image, root, scratch

    def start(self, container: dict) -> contextlib.AbstractContextManager[pod.Running]:
        return pod.start(container, self.image, self.root, self.scratch)

    def to_the_end(self, title: str, container: dict, deadline: int) -> None:
        """Run what ends by itself: a Job, an init container."""
        with self.start(container) as running:
            if code := running.finish(deadline):
                raise Failure(f"{title} exited with {code}\n{running.output()}")
        say(f"  {title}: exit code 0")

    def serve(self, title: str, workload: dict) -> None:
        """Run what serves until it is stopped."""
        container = workload["container"]
        with self.start(container) as running:
            for name in ("startup", "liveness", "readiness"):
                if asked := container["probes"][name]:
                    say(f"  {title}: {probe.wait_for(name, asked, running)}")
            self.stop(title, workload, running)

    def stop(self, title: str, workload: dict, running: pod.Running) -> None:
        """SIGTERM comes after preStop, so the sleep there is not the application's time."""
        seconds = workload["grace"] - workload["pre_stop"]
        code, took = running.stop(seconds)
        if code not in (0, SIGTERM_UNHANDLED):
            raise Failure(f"{title} exited with {code} on SIGTERM\n{running.output()}")
        say(f"  {title}: SIGTERM, exit code {code} after {took:.1f} s of {seconds} s")


@contextlib.contextmanager
def memory() -> Iterator[Path]:
    """A folder in memory that every user may enter; PostgreSQL's does not have to be root's."""
    with tempfile.TemporaryDirectory(prefix="pykube-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder], timeout=10)
        try:
            yield Path(folder)
        finally:
            run(["umount", "--lazy", folder], timeout=10)


def main(work: Path, plan: dict) -> None:
    loopback()
    buildah = Buildah(work)
    with contextlib.ExitStack() as stack:
        _, root = stack.enter_context(buildah.container(plan["tag"]))
        scratch = stack.enter_context(memory())
        for server in backing.needed(plan):
            stack.enter_context(server(scratch / server.__name__))
        example = Example(plan, buildah.config(plan["tag"]), root, scratch)
        for left_out in plan["left_out"]:
            say(f"  not run: {left_out}")
        for job in plan["jobs"]:
            example.to_the_end(job["title"], job["container"], job["deadline"])
        for workload in plan["workloads"]:
            for container in workload["init"]:
                example.to_the_end(f"{workload['title']}, init {container['name']}", container, deadline=300)
            example.serve(workload["title"], workload)


if __name__ == "__main__":
    isolate()
    try:
        main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
    except Failure as failure:
        sys.exit(f"error: {failure}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error}")
