"""How an image serves: one core and 512 MiB by the quota that Kubernetes sets, in a network namespace of its own."""

import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import builds
import contexts

ENVIRONMENT = {
    "flask": {"DATABASE_URL": "sqlite:////tmp/db", "SECRET_KEY": "measured"},
    "django": {"DATABASE_URL": "sqlite:////tmp/db", "SECRET_KEY": "measured", "ALLOWED_HOSTS": "localhost"},
    "fastapi": {"DATABASE_URL": "sqlite+aiosqlite:////tmp/db"},
}
# What a proxy in front adds: without it Django redirects to https.
HEADERS = {"Host": "localhost", "X-Forwarded-Proto": "https"}
PORT = 8000
PERIOD = 100_000
# Of <linux/sched.h>; Python has it since 3.12.
CLONE_NEWNET = 0x4000_0000
# Seconds that a proxy goes on sending to a pod that has begun to stop.
WITHDRAWN = 2.0


class Container:
    """A running image: its process, its network namespace, its control group."""

    def __init__(self, work: Path, root: Path, config: dict, environment: dict[str, str]) -> None:
        self.name = f"pykube-measure-{os.getpid()}"
        self.work = work
        self.bundle = work / "bundle"
        self.bundle.mkdir(exist_ok=True)
        contexts.run("ip", "netns", "add", self.name)
        contexts.run("ip", "-n", self.name, "link", "set", "lo", "up")
        # Ports of closed connections are used again, or one measurement slows the next.
        self.inside("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1")
        (self.bundle / "config.json").unlink(missing_ok=True)
        contexts.run("runc", "spec", cwd=self.bundle)
        self.configure(root, config, environment)

    def configure(self, root: Path, config: dict, environment: dict[str, str]) -> None:
        path = self.bundle / "config.json"
        spec = json.loads(path.read_text())
        user, _, group = (config.get("User") or "0:0").partition(":")
        spec["process"] |= {
            "terminal": False,
            "args": [*(config.get("Entrypoint") or []), *config["Cmd"]],
            "cwd": config.get("WorkingDir") or "/",
            "env": [*config["Env"], *(f"{name}={value}" for name, value in environment.items())],
            "user": {"uid": int(user), "gid": int(group or user)},
        }
        spec["root"] = {"path": str(root), "readonly": False}
        spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]})
        for space in spec["linux"]["namespaces"]:
            if space["type"] == "network":
                space["path"] = f"/run/netns/{self.name}"
        spec["linux"]["cgroupsPath"] = f"/{self.name}"
        spec["linux"]["resources"] |= {
            "cpu": {"quota": PERIOD, "period": PERIOD, "shares": 1024},
            "memory": {"limit": 512 << 20},
        }
        path.write_text(json.dumps(spec))

    def inside(self, *command: str) -> str:
        """Run a program in the container's network."""
        return contexts.run("ip", "netns", "exec", self.name, *command)

    def start(self) -> float:
        """Start it; gives the seconds until the first answer."""
        log = (self.work / "container.log").open("w")
        begin = time.monotonic()
        subprocess.run(
            ["runc", "run", "--detach", "--bundle", str(self.bundle), self.name], stdout=log, stderr=log, check=True
        )
        while time.monotonic() < begin + 60:
            if ask("/nothing") == "200":
                return time.monotonic() - begin
            time.sleep(0.005)
        raise SystemExit("no answer:\n" + (self.work / "container.log").read_text())

    def memory(self) -> float:
        """MiB of the processes themselves, without the cache of files."""
        first = Path("/sys/fs/cgroup/memory", self.name, "memory.stat")
        second = Path("/sys/fs/cgroup", self.name, "memory.stat")
        text = (first if first.exists() else second).read_text()
        key = "total_rss" if first.exists() else "anon"
        return round(int(re.search(rf"(?m)^{key} (\d+)$", text)[1]) / (1 << 20), 1)

    def cpu_seconds(self) -> float:
        """CPU time of all its processes, which a busy machine lengthens less than the time on the wall."""
        first = Path("/sys/fs/cgroup/cpuacct", self.name, "cpuacct.usage")
        if first.exists():
            return int(first.read_text()) / 1e9
        text = Path("/sys/fs/cgroup", self.name, "cpu.stat").read_text()
        return int(re.search(r"(?m)^usage_usec (\d+)$", text)[1]) / 1e6

    def terminate(self) -> None:
        contexts.run("runc", "kill", self.name, "TERM")

    def remove(self) -> None:
        subprocess.run(["runc", "delete", "--force", self.name], capture_output=True)
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)


def ask(path: str) -> str:
    """The status of one request on a new connection, or why there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        connection.request("GET", path, headers=HEADERS)
        return str(connection.getresponse().status)
    except ConnectionRefusedError:
        return "refused"
    except (OSError, http.client.HTTPException):
        return "cut"
    finally:
        connection.close()


@contextmanager
def network(name: str) -> Iterator[None]:
    """Put this thread into a network namespace for a while."""
    enter = ctypes.CDLL(None, use_errno=True).setns
    # The thread's own, which is not the process's.
    with open("/proc/thread-self/ns/net") as own, open(f"/run/netns/{name}") as other:
        if enter(other.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"the network {name} cannot be entered")
        try:
            yield
        finally:
            enter(own.fileno(), CLONE_NEWNET)


def load(container: Container, path: str, seconds: int, connections: int = 8) -> dict[str, float]:
    """Requests a second, the 99th percentile in ms and failed requests, by wrk."""
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    before = container.cpu_seconds()
    text = container.inside(
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", *headers,
        f"http://127.0.0.1:{PORT}{path}",
    )
    used = container.cpu_seconds() - before
    amount, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    socket = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return {
        "requests a second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "CPU ms a request": round(used * 1000 / max(int(re.search(r"(\d+) requests in", text)[1]), 1), 4),
        "p99 ms": round(float(amount) * {"us": 0.001, "ms": 1, "s": 1000}[unit], 2),
        "failed": (int(failed[1]) if failed else 0) + sum(map(int, socket.groups() if socket else ())),
    }


def stop(container: Container, sleep: float) -> dict[str, int]:
    """Requests that fail while it stops: SIGTERM after the `preStop` sleep, sent to until the endpoint is withdrawn."""
    answers: list[str] = []
    ends = time.monotonic() + 1 + WITHDRAWN

    def client() -> None:
        with network(container.name):
            while time.monotonic() < ends:
                answers.append(ask("/wait"))
                time.sleep(0.02)

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    time.sleep(1 + sleep)
    container.terminate()
    for thread in clients:
        thread.join()
    return {"sent": len(answers), "failed": sum(answer != "200" for answer in answers)}


def pre_stop(context: Path) -> float:
    """Seconds that the rendered Deployment sleeps before SIGTERM; the documents sleep none."""
    for path in context.glob("k8s/*deployment.yaml"):
        if found := re.search(r"preStop:\s+sleep:\s+seconds: (\d+)", path.read_text()):
            return float(found[1])
    raise SystemExit(f"{context} has no Deployment that sleeps before it stops: build it first")


def measure(work: Path, example: str, file: str, seconds: int, environment: dict[str, str]) -> dict[str, float]:
    """Everything that is measured on the running image."""
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    config = builds.unpack(work / f"{example}-{file}.tar", root)
    sleep = pre_stop(work / "contexts" / f"{example}-{file}-none") if file == "pykube" else 0
    result: dict[str, float] = {}
    for route in ("nothing", "wait", "compute"):
        container = Container(work, root, config, ENVIRONMENT[example] | environment)
        try:
            with network(container.name):
                waited = container.start()
                result.setdefault("start", waited)
                result.setdefault("start CPU s", container.cpu_seconds())
            if route == "nothing":
                time.sleep(1)
                result["idle MiB"] = container.memory()
            measured = load(container, f"/{route}", seconds)
            result |= {f"{route} {name}": value for name, value in measured.items()}
            result["loaded MiB"] = max(result.get("loaded MiB", 0), container.memory())
            if route == "compute":
                result |= {f"stop {name}": value for name, value in stop(container, sleep).items()}
        finally:
            container.remove()
    shutil.rmtree(root)
    return result
