"""How an image serves on a real node: start, requests, memory, and what fails while a pod of it is replaced."""

import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import contexts
import pods

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "cluster" / "node"))
import run as cluster  # noqa: E402

# Seconds of requests after a pod is told to stop.
STOPPING = 8.0


@contextmanager
def node(tools: Path) -> Iterator[None]:
    """A node with a database, and this process in its network."""
    with tempfile.TemporaryDirectory(prefix="pykube-bench-") as folder:
        process, _ = cluster.node(tools, Path(folder))
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(60)


def load(running: pods.Running, path: str, seconds: int, connections: int = 8) -> dict[str, float]:
    """Requests a second, the 99th percentile in ms and failed requests, by wrk."""
    headers = [part for name, value in pods.HEADERS.items() for part in ("-H", f"{name}: {value}")]
    before = running.cpu_seconds()
    text = contexts.run(
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", *headers,
        f"http://{running.address}:{pods.PORT}{path}",
    )
    used = running.cpu_seconds() - before
    amount, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    socket = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return {
        "requests a second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "CPU ms a request": round(used * 1000 / max(int(re.search(r"(\d+) requests in", text)[1]), 1), 4),
        "p99 ms": round(float(amount) * {"us": 0.001, "ms": 1, "s": 1000}[unit], 2),
        "failed": (int(failed[1]) if failed else 0) + sum(map(int, socket.groups() if socket else ())),
    }


def stop(found: pods.Pods) -> dict[str, int]:
    """Requests through the Service that fail while one of two pods is deleted, each on a new connection."""
    address, answers = found.service(), []
    ends = time.monotonic() + 1 + STOPPING

    def client() -> None:
        while time.monotonic() < ends:
            answers.append(pods.ask(address, "/wait"))
            time.sleep(0.02)

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    time.sleep(1)
    contexts.run("kubectl", "delete", "pod", found.found()[0]["metadata"]["name"], "--wait=false")
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
    image = f"{pods.REGISTRY}/{example}:{file}"
    contexts.run("crane", "push", "--insecure", contexts.image(work, example, file), image)
    sleep = pre_stop(work / "contexts" / f"{example}-{file}-none") if file == "pykube" else 0
    environment = pods.ENVIRONMENT[example] | environment
    result: dict[str, float] = {}
    for route in ("nothing", "wait", "compute"):
        with deployed(image, environment, sleep) as found:
            running = pods.Running(found)
            started = running.first_answer()
            if route == "nothing":
                found.await_ready()
                time.sleep(1)
                result |= started | {"idle MiB": running.memory()}
            measured = load(running, f"/{route}", seconds)
            result |= {f"{route} {name}": value for name, value in measured.items()}
            result["loaded MiB"] = max(result.get("loaded MiB", 0), running.memory())
    with deployed(image, environment, sleep, replicas=2) as found:
        found.await_ready()
        result |= {f"stop {name}": value for name, value in stop(found).items()}
    return result


@contextmanager
def deployed(image: str, environment: dict[str, str], sleep: float, replicas: int = 1) -> Iterator[pods.Pods]:
    """Fresh pods for one measurement."""
    found = pods.Pods(image, environment, sleep, replicas)
    try:
        yield found
    finally:
        found.remove()
