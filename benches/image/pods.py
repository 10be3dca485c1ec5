"""A pod of an image on the node of `tests/cluster/node`: one core and 512 MiB, in a network namespace of its own."""

import http.client
import json
import os
import subprocess
import time
from pathlib import Path

import contexts

REGISTRY = "127.0.0.1:5000"
PORT = 8000
# What a proxy in front adds: without it Django redirects to https.
HEADERS = {"Host": "localhost", "X-Forwarded-Proto": "https"}
DATABASE = "postgresql://postgres@203.0.113.20/postgres"
ENVIRONMENT = {
    "flask": {"DATABASE_URL": DATABASE, "SECRET_KEY": "measured"},
    "django": {"DATABASE_URL": DATABASE, "SECRET_KEY": "measured", "ALLOWED_HOSTS": "localhost"},
    "fastapi": {"DATABASE_URL": DATABASE},
}
# The address of a pod is known while this runs before its server, so that the first answer is seen at once.
SECONDS_BEFORE = 3
LABELS = {"app": "measured"}


class Pods:
    """The pods of one Deployment, and their Service."""

    def __init__(self, image: str, environment: dict[str, str], pre_stop: float, replicas: int = 1) -> None:
        container = {
            "name": "web",
            "image": image,
            "ports": [{"containerPort": PORT}],
            "env": [{"name": name, "value": value} for name, value in environment.items()],
            "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
            "readinessProbe": {
                "httpGet": {
                    "path": "/nothing", "port": PORT,
                    "httpHeaders": [{"name": name, "value": value} for name, value in HEADERS.items()],
                },
                "periodSeconds": 2,
                "timeoutSeconds": 10,
            },
        }
        if pre_stop:
            container["lifecycle"] = {"preStop": {"sleep": {"seconds": int(pre_stop)}}}
        wait = {
            "name": "before", "image": image, "command": ["sleep", str(SECONDS_BEFORE)],
            "resources": container["resources"],
        }
        template = {
            "metadata": {"labels": LABELS},
            "spec": {
                "automountServiceAccountToken": False, "enableServiceLinks": False,
                "initContainers": [wait], "containers": [container],
            },
        }
        self.apply("Deployment", "apps/v1", {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template})
        self.apply("Service", "v1", {"selector": LABELS, "ports": [{"port": PORT}]})

    def apply(self, kind: str, version: str, spec: dict) -> None:
        text = json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": "measured"}, "spec": spec})
        subprocess.run(["kubectl", "apply", "--filename=-"], input=text, text=True, check=True, capture_output=True)

    def found(self) -> list[dict]:
        """The pods that are not on their way out."""
        pods = json.loads(contexts.run("kubectl", "get", "pods", "--selector=app=measured", "--output=json"))["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def service(self) -> str:
        return contexts.run("kubectl", "get", "service", "measured", "--output=jsonpath={.spec.clusterIP}")

    def await_ready(self) -> None:
        contexts.run("kubectl", "rollout", "status", "deployment/measured", "--timeout=120s")

    def remove(self) -> None:
        contexts.run("kubectl", "delete", "deployment,service", "measured", "--ignore-not-found", "--wait=false")
        # Nothing is measured while they go.
        words = ["delete", "pods", "--selector=app=measured", "--grace-period=0", "--force"]
        subprocess.run(["kubectl", *words], capture_output=True)
        end = time.monotonic() + 120
        while time.monotonic() < end and contexts.run("kubectl", "get", "pods", "--selector=app=measured", "--output=name"):
            time.sleep(0.2)


class Running:
    """The container of one pod: its address and its control group."""

    def __init__(self, pods: Pods) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pod = next(iter(pods.found()), {})
            if address := pod.get("status", {}).get("podIP"):
                self.address, self.uid = address, pod["metadata"]["uid"]
                return
            time.sleep(0.1)
        raise SystemExit("the pod has no address after 60 s")

    def first_answer(self) -> dict[str, float]:
        """Seconds from the start of its first process to its first answer, and what CPU they took."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if ask(self.address, "/nothing") == "200":
                answered = time.clock_gettime(time.CLOCK_BOOTTIME)
                used = self.cpu_seconds()
                return {"start": round(answered - self.began(), 3), "start CPU s": round(used, 3)}
            time.sleep(0.005)
        raise SystemExit("no answer:\n" + contexts.run("kubectl", "logs", "--selector=app=measured", "--tail=20"))

    def group(self, controller: str) -> Path:
        """The control group of the container: the youngest of its pod."""
        root = Path("/sys/fs/cgroup")
        # The first version of control groups has a tree for each controller.
        base = root / controller if (root / controller).exists() else root
        pod = next(base.rglob(f"pod{self.uid}"))
        return max((group for group in pod.iterdir() if group.is_dir()), key=lambda group: group.stat().st_ctime_ns)

    def began(self) -> float:
        """When its first process started, in seconds since the machine did."""
        processes = (self.group("memory") / "cgroup.procs").read_text().split()
        starts = [Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[19] for process in processes]
        return min(map(int, starts)) / os.sysconf("SC_CLK_TCK")

    def cpu_seconds(self) -> float:
        """CPU time of all its processes, which a busy machine lengthens less than the time on the wall."""
        usage = self.group("cpuacct") / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        fields = dict(line.split() for line in (self.group("cpu") / "cpu.stat").read_text().splitlines())
        return int(fields["usage_usec"]) / 1e6

    def memory(self) -> float:
        """MiB of the processes themselves, without the cache of files."""
        lines = (self.group("memory") / "memory.stat").read_text().splitlines()
        fields = {name: int(value) for name, value in map(str.split, lines)}
        return round(fields.get("total_rss", fields.get("anon", 0)) / (1 << 20), 1)


def ask(address: str, path: str) -> str:
    """The status of one request on a new connection, or why there is none."""
    connection = http.client.HTTPConnection(address, PORT, timeout=30)
    try:
        connection.request("GET", path, headers=HEADERS)
        return str(connection.getresponse().status)
    except ConnectionRefusedError:
        return "refused"
    except (OSError, http.client.HTTPException):
        return "cut"
    finally:
        connection.close()
