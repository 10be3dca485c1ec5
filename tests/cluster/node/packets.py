"""Who reaches whom, tried by packets with the policies enforced.

Every pod of an application, pods of the monitoring system, of the ingress controller, of KEDA and of a stranger, and an address
outside connect to each other from their own networks. What must get through is written here by the meaning of app.toml, not
read from the rendered policies.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app import App

OUTSIDE, DATABASE, METADATA = "203.0.113.10", "203.0.113.20", "169.254.169.254"
DNS, API, API_PORT = "10.96.0.10", "10.96.0.1", 6443
# A pod of each in a namespace of its own.
OTHERS = ("monitoring", "stranger", "traefik", "keda")
WEB, REDIS, ELSE = 8000, 6379, 9999
SERVERS = {"web": WEB, "redis": REDIS}  # what the pods themselves listen on

LISTEN = """
import select, socket, sys
sockets = [socket.create_server(("", int(port)), backlog=64) for port in sys.argv[1:]]
print("ready", flush=True)
while True:
    for one in select.select(sockets, [], [])[0]:
        one.accept()[0].close()
"""
CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def attempt(to):
    address, port, protocol = to
    try:
        if protocol == "UDP":
            asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            asked.settimeout(2)
            asked.sendto(b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\2db\\7example\\3com\\0\\0\\1\\0\\1", (address, port))
            return bool(asked.recv(512))
        socket.create_connection((address, port), 2).close()
        return True
    except OSError:
        return False

with ThreadPoolExecutor(16) as pool:
    print(json.dumps(list(pool.map(attempt, json.loads(sys.argv[1])))))
"""


@dataclass(frozen=True)
class Place:
    """Where packets come from or go to."""

    name: str  # workload, namespace, or what an address stands for
    address: str
    network: str = ""  # file of its network namespace, where packets can come from


def is_allowed(app: App, source: str, target: str, port: int) -> bool:
    """Whether app.toml and the README say that it gets through."""
    ours = {"web", "redis", "default", "beat"}
    if source in ours and not may_leave(app.example, source, target, port):
        return False
    if target not in ours:
        return True
    if target == "web" and port == WEB:
        # `from-namespace` and `[monitoring] namespace` say who; without them anybody may.
        return source in ("traefik", "monitoring") if app.example == "case-study" else True
    # A Redis lets the application's pods in, and KEDA because it counts a queue.
    return target == "redis" and port == REDIS and source in (*ours - {"redis"}, "keda")


def may_leave(example: str, source: str, target: str, port: int) -> bool:
    if port == 53:
        return True
    if target == "api":
        port = API_PORT  # policies see where the Service leads
    if target == "metadata":
        return False
    if source == "redis":
        return False
    if example == "flask":
        return port == 5432
    if example == "case-study":
        # The database's port, that of `egress`, and Redis.
        return port in (5432, 443) or (target == "redis" and port == REDIS)
    return True


def is_leak_of_kube_router(app: App, source: str, target: str, port: int) -> bool:
    """Whether kube-router 2.1.0 lets it through although no policy does.

    Its chain of a policy with both types is asked for packets of both directions, so that what may leave a pod also
    arrives at the other pods of the same policy.
    """
    siblings = {"web", "default", "beat"}
    return {source, target} <= siblings and may_leave(app.example, source, target, port)


class Network:
    """The node's network, seen from the namespaces of its pods."""

    def __init__(self, pid: str) -> None:
        self.enter = ["nsenter", f"--target={pid}", "--net", "--mount"]
        self.listeners: list[subprocess.Popen[str]] = []

    def run(self, *words: str) -> str:
        done = subprocess.run([*self.enter, *words], capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)[:200]}: {done.stderr}")
        return done.stdout

    def by_address(self) -> dict[str, str]:
        """The network namespace of each pod, by the pod's address."""
        found = {}
        for name in self.run("ls", "/run/netns").split():
            links = json.loads(self.run("ip", "-json", "-netns", name, "address") or "[]")
            found |= {one["local"]: name for link in links for one in link.get("addr_info", [])}
        return found

    def listen(self, network: str, *ports: int) -> None:
        words = [*self.enter, "ip", "netns", "exec", network, "python3", "-c", LISTEN, *map(str, ports)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        process.stdout.readline()
        self.listeners.append(process)

    def attempts(self, source: Place, targets: list[tuple[str, int, str]]) -> list[bool]:
        words = ("ip", "netns", "exec", source.network, "python3", "-c", CONNECT, json.dumps(targets))
        return json.loads(self.run(*words))

    def close(self) -> None:
        for process in self.listeners:
            process.kill()
            process.wait()


def other_pods() -> str:
    """Pods that only have a network: the pause image is all that they run."""
    things = []
    for name in OTHERS:
        things.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        container = {"name": "pause", "image": "registry.k8s.io/pause:3.10"}
        metadata = {"name": name, "namespace": name, "labels": {"app": name}}
        things.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}})
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": things})


def places(app: App, network: Network) -> tuple[list[Place], list[Place]]:
    """The application's pods, and all others."""
    networks = network.by_address()

    def of(pod: dict, name: str) -> Place:
        address = pod["status"]["podIP"]
        return Place(name, address, networks[address])

    ours = []
    for pod in app.objects("pods", "--field-selector=status.phase=Running"):
        component = pod["metadata"]["labels"].get("app.kubernetes.io/component", "")
        if component != "migrate" and not pod["metadata"].get("deletionTimestamp"):
            ours.append(of(pod, component.removeprefix("worker-")))
    others = [of(json.loads(app.run("kubectl", "get", "pod", name, f"-n={name}", "-o=json").stdout), name) for name in OTHERS]
    return ours, [*others, Place("outside", OUTSIDE, "outside")]


def compare(app: App, pid: str) -> tuple[int, int, list[str]]:
    """How many connections were tried, how many kube-router leaks, and those that went otherwise than they must."""
    app.run("kubectl", "apply", "--filename=-", send=other_pods())
    for name in OTHERS:
        app.run("kubectl", "wait", "--for=condition=Ready", f"pod/{name}", f"--namespace={name}", "--timeout=60s")
    network = Network(pid)
    try:
        ours, others = places(app, network)
        for place in others:
            # The database's own server is at its own address.
            network.listen(place.network, 443, ELSE, *((80,) if place.name == "outside" else (5432, WEB, REDIS)))
        for place in ours:
            network.listen(place.network, *(port for port in (WEB, REDIS, ELSE) if SERVERS.get(place.name) != port))
        time.sleep(5)  # the firewall looks at new pods once a second
        far = [Place("database", DATABASE), Place("metadata", METADATA), Place("dns", DNS), Place("api", API)]
        tried, leaks, wrong = 0, 0, []
        with ThreadPoolExecutor(2) as pool:
            sources = [*ours, *others]
            for counts in pool.map(lambda source: one_source(app, network, source, [*sources, *far]), sources):
                tried, leaks, wrong = tried + counts[0], leaks + counts[1], wrong + counts[2]
        return tried, leaks, wrong
    finally:
        network.close()


def ports_of(target: Place) -> list[tuple[int, str]]:
    fixed = {
        "database": [(5432, "TCP")],
        "metadata": [(80, "TCP")],
        "dns": [(53, "TCP"), (53, "UDP")],
        "api": [(443, "TCP")],
        "outside": [(443, "TCP"), (80, "TCP"), (ELSE, "TCP")],
    }
    if target.name in fixed:
        return fixed[target.name]
    also = [(443, "TCP"), (5432, "TCP")] if target.name in OTHERS else []
    return [(WEB, "TCP"), (REDIS, "TCP"), (ELSE, "TCP"), *also]


def one_source(app: App, network: Network, source: Place, targets: list[Place]) -> tuple[int, int, list[str]]:
    asked = [(to, port, protocol) for to in targets if to != source for port, protocol in ports_of(to)]
    if source.name == "outside":
        # Routes lead from there to pods alone.
        asked = [one for one in asked if one[0].network and one[0] != source]
    got = network.attempts(source, [(to.address, port, protocol) for to, port, protocol in asked])
    leaks, wrong = 0, []
    for (to, port, protocol), came in zip(asked, got):
        must = is_allowed(app, source.name, to.name, port)
        if came and not must and is_leak_of_kube_router(app, source.name, to.name, port):
            leaks += 1
        elif must != came:
            text = f"{source.name} ({source.address}) {'reaches' if came else 'does not reach'} {to.name} ({to.address})"
            wrong.append(f"{text} {protocol} {port}, and must {'not' if came else ''}".rstrip())
    return len(asked), leaks, wrong
