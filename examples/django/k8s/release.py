"""Releases what the manifests in this folder ask for; needs only kubectl.

    python3 release.py              release it, or leave what is live as it is
    python3 release.py look         say what is missing and what would be
                                    taken away; change nothing
    python3 release.py status       what is live, since when, from which commit
    python3 release.py rollback N   declare release N again (default: the last)
    python3 release.py remove       take the application away, but for its data

A release looks first, then migrates, hands fields over, brings up, turns the
traffic and only then takes away what is no longer asked for. When it fails
before that, the previous release is declared again. Each release is recorded
in a ConfigMap before its first change: one that was killed is ended by the
next. Rendered by pykube from app.toml; docs/release.md of pykube describes it.

Exit codes: 0 done; 1 refused, nothing was changed; 2 wrong arguments;
3 failed, the previous release is live; 4 failed, and not whole: release
again or roll back; 5 live, but something could not be taken away;
130 and 143 stopped by a signal, the next release ends it.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import getpass
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

Object = dict[str, Any]
Objects = dict[str, Object]  # by `key`

APP_LABEL = "app.kubernetes.io/name"
MANAGER = "pykube"  # owns the fields of the manifests
SCALER = "pykube-scale"  # holds spec.replicas while its owner changes
KEPT_RECORDS = 10
LARGEST_RECORD = 900_000  # bytes; an object may have 1 MiB
LEASE_SECONDS = 15
STUCK_SECONDS = 60  # a pod of a Job that could not start all that time
CANNOT_START = """ImagePullBackOff ErrImagePull InvalidImageName
    CreateContainerConfigError CreateContainerError""".split()
POLL_SECONDS = 1.0

# In the order in which they are applied; all others come after these.
ORDER = """Namespace ResourceQuota LimitRange ServiceAccount SealedSecret
    ExternalSecret SecretProviderClass Secret ConfigMap PersistentVolumeClaim
    Role RoleBinding NetworkPolicy ServiceEntry Service TriggerAuthentication
    StatefulSet Deployment CronJob Job""".split()
WORKLOADS = ("Deployment", "StatefulSet")
AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
TRAFFIC = ("Ingress", "HTTPRoute", "DestinationRule")
# Holds data or other people's objects: never deleted.
NEVER_DELETED = """Namespace Secret PersistentVolume PersistentVolumeClaim
    CustomResourceDefinition""".split()
# Kinds that pykube renders; looked through when no release is recorded yet.
RENDERED = """autoscaling/v2 HorizontalPodAutoscaler
    keda.sh/v1alpha1 ScaledObject
    keda.sh/v1alpha1 TriggerAuthentication
    networking.k8s.io/v1 Ingress
    gateway.networking.k8s.io/v1 HTTPRoute
    networking.istio.io/v1 DestinationRule
    networking.istio.io/v1 ServiceEntry
    monitoring.coreos.com/v1 ServiceMonitor
    monitoring.coreos.com/v1 PodMonitor
    autoscaling.k8s.io/v1 VerticalPodAutoscaler
    batch/v1 CronJob
    batch/v1 Job
    apps/v1 Deployment
    apps/v1 StatefulSet
    v1 Service
    policy/v1 PodDisruptionBudget
    networking.k8s.io/v1 NetworkPolicy
    rbac.authorization.k8s.io/v1 RoleBinding
    rbac.authorization.k8s.io/v1 Role
    external-secrets.io/v1 ExternalSecret
    bitnami.com/v1alpha1 SealedSecret
    secrets-store.csi.x-k8s.io/v1 SecretProviderClass
    v1 ConfigMap
    v1 ServiceAccount
    v1 ResourceQuota
    v1 LimitRange""".split("\n")


class Problem(Exception):
    """Why the release cannot go on."""


class Stopped(BaseException):
    """A signal asked the release to end."""


# ---------------------------------------------------------------- objects


def key(thing: Object) -> str:
    """Names an object; the version of its API is not part of it."""
    group = thing["apiVersion"].rpartition("/")[0]
    meta = thing["metadata"]
    kind = f"{thing['kind']}.{group}" if group else thing["kind"]
    return f"{kind}/{meta.get('namespace', '')}/{meta['name']}"


def shown(thing: Object) -> str:
    return f"{thing['kind']} {thing['metadata']['name']}"


def stub(thing: Object) -> Object:
    """Only what names an object."""
    meta = thing["metadata"]
    named = {k: meta[k] for k in ("name", "namespace") if meta.get(k)}
    return {
        "apiVersion": thing["apiVersion"],
        "kind": thing["kind"],
        "metadata": named,
    }


def by_key(things: Iterable[Object]) -> Objects:
    return {key(thing): thing for thing in things}


def ordered(things: Iterable[Object]) -> list[Object]:
    def place(thing: Object) -> int:
        kind = thing["kind"]
        return ORDER.index(kind) if kind in ORDER else len(ORDER)

    return sorted(things, key=place)


def at(thing: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for step in path.split("."):
        thing = thing.get(step) if isinstance(thing, dict) else None
    return thing


def app_of(thing: Object) -> str | None:
    """The application that an object belongs to, by its label."""
    return (at(thing, "metadata.labels") or {}).get(APP_LABEL)


def pod_of(thing: Object) -> Object:
    """The pod template of a workload; empty for other kinds."""
    path = "spec.template"
    if thing["kind"] == "CronJob":
        path = "spec.jobTemplate.spec.template"
    template = at(thing, path)
    return template if at(template, "spec.containers") else {}


def containers_of(thing: Object) -> list[Object]:
    """All containers of a workload's pods, in the order they start."""
    names = ("initContainers", "containers")
    pod = pod_of(thing)
    return [one for name in names for one in at(pod, f"spec.{name}") or []]


def component(thing: Object) -> str:
    name = "app.kubernetes.io/component"
    return str((at(thing, "metadata.labels") or {}).get(name, ""))


def is_rendered(thing: Object) -> bool:
    """Whether pykube renders it, or a generator of kustomize makes it."""
    labels = at(thing, "metadata.labels") or {}
    if labels.get("app.kubernetes.io/managed-by") == "pykube":
        return True
    # Named by its content, so another one takes its place each time.
    last = thing["metadata"].get("name", "").rpartition("-")[2]
    hashed = len(last) == 10 and set(last) <= set("bcdfghkmt2456789")
    return thing["kind"] == "ConfigMap" and hashed


def is_migration(thing: Object) -> bool:
    return thing["kind"] == "Job" and component(thing) == "migrate"


def is_service_of_its_own(thing: Object) -> bool:
    """Whether a StatefulSet is a server such as Redis, with data."""
    own = ("web", "web-", "worker-")
    name = component(thing)
    runs_app = name == own[0] or name.startswith(own[1:])
    return thing["kind"] == "StatefulSet" and not runs_app


def selects(selector: Object | None, labels: Object | None) -> bool:
    pairs = (selector or {}).items()
    return bool(pairs) and all((labels or {}).get(k) == v for k, v in pairs)


def pods_labels(thing: Object) -> Object:
    return at(pod_of(thing), "metadata.labels") or {}


def references(thing: Any, kind: str) -> Iterator[tuple[str, str | None]]:
    """ConfigMaps or Secrets, with the key, that a pod cannot start without."""
    if isinstance(thing, list):
        for item in thing:
            yield from references(item, kind)
    if not isinstance(thing, dict):
        return
    words = (f"{kind}Ref", f"{kind}KeyRef", kind)
    for word, value in thing.items():
        if word in words and isinstance(value, dict):
            name = value.get("name") or value.get("secretName")
            if name and not value.get("optional"):
                yield name, value.get("key")
        else:
            yield from references(value, kind)


# ---------------------------------------------------------------- kubectl


class Cluster:
    """The cluster, by kubectl."""

    def __init__(self, context: str | None) -> None:
        self.command = ["kubectl", "--request-timeout=60s"]
        if context:
            self.command.append(f"--context={context}")
        self.namespace = ""
        self.lost = threading.Event()  # another release took the Lease over
        self.discovered: dict[str, dict[str, tuple[str, bool]]] = {}

    def run(self, *words: str, send: Any = None, late: bool = False) -> str:
        if self.lost.is_set() and not late:
            raise Problem("another release took over: nothing more is done")
        text = None if send is None else json.dumps(send)
        try:
            done = subprocess.run(
                [*self.command, *words],
                input=text,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
                # Ctrl-C must reach the release, and not kubectl in a change.
                start_new_session=True,
            )
        except FileNotFoundError:
            raise Problem("kubectl is not installed") from None
        except subprocess.TimeoutExpired:
            raise Problem(f"kubectl {words[0]} took over 300 s") from None
        if done.returncode:
            raise Problem(done.stderr.strip() or f"kubectl {words[0]} failed")
        return done.stdout

    def items(self, *words: str, send: Any = None) -> list[Object]:
        """What kubectl prints as JSON, as single objects."""
        return parsed(self.run(*words, "--output=json", send=send))

    def resource(self, thing: Object) -> tuple[str, bool] | None:
        """Plural and whether it has a namespace; None for unknown kinds."""
        version = thing["apiVersion"]
        if version not in self.discovered:
            path = "/apis/" if "/" in version else "/api/"
            try:
                found = json.loads(self.run("get", "--raw", path + version))
            except Problem as problem:
                # 404: the definition is not installed.
                if "NotFound" not in str(problem):
                    raise
                found = {"resources": []}
            self.discovered[version] = {
                kind["kind"]: (kind["name"], kind["namespaced"])
                for kind in found["resources"]
                if "/" not in kind["name"]
            }
        return self.discovered[version].get(thing["kind"])

    def read(self, things: Iterable[Object]) -> Objects:
        """Those of the objects that are there, as they are."""
        stubs = [stub(one) for one in things if self.resource(one)]
        if not stubs:
            return {}
        words = ("get", "--ignore-not-found", "--show-managed-fields")
        found = self.items(*words, "--filename=-", send=listed(stubs))
        return by_key(found)

    def of_namespace(self, kinds: str) -> list[Object]:
        return self.items("get", kinds, f"--namespace={self.namespace}")

    def apply(
        self, things: list[Object], manager: str = MANAGER, dry: bool = False
    ) -> None:
        if things:
            words = ["apply", "--server-side", "--force-conflicts"]
            words += [f"--field-manager={manager}", "--filename=-"]
            words += ["--dry-run=server"] if dry else []
            # The scaler sends one field; kubectl would miss the others.
            words += ["--validate=ignore"] if manager == SCALER else []
            self.run(*words, send=listed(ordered(things)))

    def delete(self, things: Iterable[Object], seconds: float) -> list[Object]:
        """Deletes them; returns those that are there after some seconds."""
        things = list(things)
        if not things:
            return []
        words = ("delete", "--ignore-not-found", "--wait=false")
        stubs = listed([stub(one) for one in things])
        self.run(*words, "--filename=-", send=stubs)
        until = time.monotonic() + seconds
        while True:
            left = list(self.read(things).values())
            if not left or time.monotonic() > until:
                return left
            time.sleep(POLL_SECONDS)


def listed(things: list[Object]) -> Object:
    return {"apiVersion": "v1", "kind": "List", "items": things}


def parsed(text: str) -> list[Object]:
    """Objects of a stream of JSON documents, lists opened."""
    decoder, place = json.JSONDecoder(), 0
    found: list[Object] = []
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        thing, place = decoder.raw_decode(text, place)
        is_list = thing["kind"].endswith("List") and "items" in thing
        found += thing["items"] if is_list else [thing]
    return found


def rendered(cluster: Cluster, folder: Path, image: str | None) -> Objects:
    """What `kubectl kustomize` makes of the folder."""
    text = cluster.run("kustomize", str(folder))
    command = [*cluster.command, "annotate", "--local", "--filename=-"]
    # Removes an annotation that nothing has: kubectl's way from YAML to JSON.
    command += ["--output=json", "pykube-none-"]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Problem(done.stderr.strip())
    things = parsed(done.stdout)
    for thing in things:
        if not thing["metadata"].get("annotations", True):
            del thing["metadata"]["annotations"]
        for one in containers_of(thing):
            if image and repository(one["image"]) == repository(image):
                one["image"] = image
    return by_key(things)


def repository(image: str) -> str:
    """An image without tag and digest."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


# ---------------------------------------------------------------- records


@dataclass
class Record:
    """One release, as a ConfigMap keeps it."""

    number: int
    status: str  # pending, deployed, superseded or failed
    objects: Objects
    inventory: Objects  # stubs of all that the application may have
    commit: str = ""
    since: str = ""
    by: str = ""
    note: str = ""

    def manifest(self, app: str, namespace: str) -> Object:
        names = ("status", "commit", "since", "by", "note")
        content = {
            # A Secret that the kustomization makes is named, not copied.
            "objects": [
                stub(one) if one["kind"] == "Secret" else one
                for one in self.objects.values()
            ],
            "inventory": list(self.inventory.values()),
        }
        packed = gzip.compress(json.dumps(content).encode(), mtime=0)
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": f"{app}-release-{self.number}",
                "namespace": namespace,
                "labels": record_labels(app),
            },
            "data": {name: getattr(self, name) for name in names},
            "binaryData": {"content": base64.b64encode(packed).decode()},
        }

    @staticmethod
    def of(thing: Object) -> Record:
        packed = base64.b64decode(thing["binaryData"]["content"])
        content = json.loads(gzip.decompress(packed))
        return Record(
            number=int(thing["metadata"]["name"].rpartition("-")[2]),
            objects=by_key(content["objects"]),
            inventory=by_key(content["inventory"]),
            **thing["data"],
        )

    def __str__(self) -> str:
        commit = f" of commit {self.commit[:12]}" if self.commit else ""
        return f"release {self.number}{commit}"


def record_labels(app: str) -> dict[str, str]:
    return {
        APP_LABEL: app,
        "app.kubernetes.io/component": "release",
        "app.kubernetes.io/managed-by": "pykube",
    }


class History:
    """The recorded releases of an application, oldest first."""

    def __init__(self, cluster: Cluster, app: str) -> None:
        labels = ",".join(f"{k}={v}" for k, v in record_labels(app).items())
        words = ("get", "configmaps", f"--namespace={cluster.namespace}")
        found = cluster.items(*words, f"--selector={labels}")
        self.cluster, self.app = cluster, app
        self.records = sorted(map(Record.of, found), key=lambda r: r.number)
        live = [r for r in self.records if r.status == "deployed"]
        self.live: Record | None = live[-1] if live else None

    @property
    def attempts(self) -> list[Record]:
        """Releases after the live one, which did not come to their end."""
        first = self.live.number if self.live else 0
        return [record for record in self.records if record.number > first]

    def numbered(self, number: int | None) -> Record:
        """The release to roll back to."""
        if number is not None:
            for record in self.records:
                if record.number == number and record.status != "failed":
                    return record
            raise Problem(f"no release {number} is recorded as one that ran")
        ran = [r for r in self.records if r.status == "superseded"]
        if self.live and any(r.status == "pending" for r in self.attempts):
            return self.live
        if not ran:
            raise Problem("no release before the live one is recorded")
        return ran[-1]

    def write(self, record: Record) -> None:
        thing = record.manifest(self.app, self.cluster.namespace)
        if len(thing["binaryData"]["content"]) > LARGEST_RECORD:
            raise Problem("the manifests are too large for a record (900 kB)")
        self.cluster.apply([thing], "pykube-release")

    def begin(self, record: Record) -> Record:
        record.number = max([0, *(r.number for r in self.records)]) + 1
        self.write(record)
        self.records.append(record)
        return record

    def end(self, record: Record, status: str, note: str = "") -> None:
        """Marks the release, and the one that it follows."""
        record.status, record.since = status, now()
        record.note = note or record.note
        self.write(record)
        if status == "deployed":
            for old in self.records:
                if old.status in ("deployed", "pending") and old is not record:
                    was_live = old.status == "deployed"
                    old.status = "superseded" if was_live else "failed"
                    self.write(old)
            self.live = record
            things = self.records[:-KEPT_RECORDS]
            namespace = self.cluster.namespace
            gone = [r.manifest(self.app, namespace) for r in things]
            self.cluster.delete(gone, 10)


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


# ------------------------------------------------------------------ lease


class Lease:
    """Lets one release at a time change the application."""

    def __init__(self, cluster: Cluster, app: str, patience: float) -> None:
        self.cluster, self.patience = cluster, patience
        self.holder = f"{who()} {os.getpid()} {time.time_ns()}"
        self.thing: Object = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": f"{app}-release",
                "namespace": cluster.namespace,
            },
        }
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.renew, daemon=True)

    def write(self, verb: str, version: str | None = None) -> None:
        meta = {**self.thing["metadata"]}
        if version:
            # The API server refuses the change when another was quicker.
            meta["resourceVersion"] = version
        stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {
            "holderIdentity": self.holder,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": stamp,
        }
        thing = {**self.thing, "metadata": meta, "spec": spec}
        words = (verb, "--filename=-", "--output=json")
        answer = self.cluster.run(*words, send=thing, late=True)
        self.version = json.loads(answer)["metadata"]["resourceVersion"]

    def __enter__(self) -> Lease:
        started = seen_at = time.monotonic()
        seen = ""
        while True:
            try:
                found = list(self.cluster.read([self.thing]).values())
                if not found:
                    self.write("create")
                    break
                version = found[0]["metadata"]["resourceVersion"]
                holder = at(found[0], "spec.holderIdentity")
                if version != seen:
                    if not seen:
                        say(f"waiting: {holder} releases at the moment")
                    seen, seen_at = version, time.monotonic()
                # Not renewed all that time, by this machine's own clock.
                if time.monotonic() - seen_at > LEASE_SECONDS:
                    self.write("replace", version)
                    break
            except Problem as problem:
                if not any(
                    word in str(problem) for word in ("Exists", "Conflict")
                ):
                    raise
            if time.monotonic() - started > self.patience:
                raise Problem(f"{holder} still releases; nothing was changed")
            time.sleep(POLL_SECONDS)
        self.thread.start()
        return self

    def renew(self) -> None:
        failed = 0
        while not self.done.wait(LEASE_SECONDS / 3):
            try:
                self.write("replace", self.version)
                failed = 0
            except Problem as problem:
                failed += 1
                if "Conflict" in str(problem) or failed == 3:
                    self.cluster.lost.set()
                    return

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()
        if not self.cluster.lost.is_set():
            with contextlib.suppress(Problem):
                self.cluster.delete([self.thing], 0)


def who() -> str:
    env = os.environ
    if env.get("GITHUB_RUN_ID"):
        parts = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY")
        url = "/".join(env.get(part, "") for part in parts)
        return f"{url}/actions/runs/{env['GITHUB_RUN_ID']}"
    with contextlib.suppress(Exception):
        return f"{getpass.getuser()}@{socket.gethostname()}"
    return socket.gethostname()


# ---------------------------------------------------------------- telling

LINES: list[str] = []


def say(line: str) -> None:
    print(line, flush=True)


def tell(line: str) -> None:
    """A line for the terminal and for the summary of the step."""
    say(line)
    LINES.append(line)


@contextlib.contextmanager
def phase(name: str) -> Iterator[list[str]]:
    """One line for a phase: its name, its time, what it did."""
    started, did = time.monotonic(), []  # type: ignore[var-annotated]
    try:
        yield did
    except Problem as problem:
        did[:] = ["failed: " + str(problem).split("\n")[0]]
        raise
    finally:
        took = time.monotonic() - started
        tell(f"{name:<10} {took:6.1f} s  {', '.join(did)}")


def write_summary(app: str) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        text = "\n".join(LINES).replace("```", "'''")
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"### Release of {app}\n\n```text\n{text}\n```\n")


# ------------------------------------------------------------------- look


def git(folder: Path, *words: str) -> tuple[int, str]:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return 128, ""
    return done.returncode, done.stdout.strip()


def order_of(folder: Path, live: str, coming: str) -> str:
    """`newer`, `older`, `same` or `unknown`, by the history of git."""
    if not live or not coming:
        return "unknown"
    if live == coming:
        return "same"

    def contains(new: str, old: str) -> bool:
        words = ("merge-base", "--is-ancestor", old, new)
        return git(folder, *words)[0] == 0

    if contains(live, coming):
        return "older"
    return "newer" if contains(coming, live) else "unknown"


@dataclass
class Looked:
    """What was found before anything is changed."""

    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    has_namespace: bool = False


def look(cluster: Cluster, wanted: Objects, live: Objects) -> Looked:
    """Asks for everything that the release needs, and changes nothing."""
    looked = Looked()
    for thing in wanted.values():
        if not cluster.resource(thing):
            what = f"{thing['kind']} ({thing['apiVersion']})"
            text = f"{what} is not known to the cluster: install its add-on"
            looked.missing.append(text)
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": cluster.namespace},
    }
    looked.has_namespace = bool(cluster.read([namespace]))
    if not looked.has_namespace and key(namespace) not in wanted:
        name = cluster.namespace
        text = f"namespace {name} is missing: kubectl create namespace {name}"
        looked.missing.append(text)
    look_for_secrets(cluster, wanted, looked)
    if looked.has_namespace:
        look_for_others(cluster, wanted, looked)
    look_for_rights(cluster, wanted, looked)
    if looked.has_namespace and not looked.missing:
        try:
            cluster.apply(dry_run_of(wanted, live), dry=True)
        except Problem as problem:
            looked.missing += str(problem).split("\n")
    return looked


def dry_run_of(wanted: Objects, live: Objects) -> list[Object]:
    """What the API server is asked about: all but what must go first."""
    things = []
    for name, thing in wanted.items():
        if thing["kind"] == "Job" and name in live:
            meta = {**thing["metadata"]}
            # Its pods cannot change; the Job that ran is deleted before.
            meta["name"] = meta["name"][:50] + "-looked-at"
            things.append({**thing, "metadata": meta})
            continue
        if thing["kind"] == "ScaledObject" and name not in live:
            # KEDA refuses a second autoscaler until the first one is gone.
            continue
        things.append(thing)
    return things


def look_for_secrets(
    cluster: Cluster, wanted: Objects, looked: Looked
) -> None:
    """Each Secret and key that a pod or an Ingress names."""
    needed: dict[str, set[str]] = {}
    for thing in wanted.values():
        pod = pod_of(thing)
        for name, item in references(pod, "secret"):
            needed.setdefault(name, set()).update([item] if item else [])
        for entry in at(pod, "spec.imagePullSecrets") or []:
            needed.setdefault(entry["name"], set())
        for entry in thing.get("imagePullSecrets", []):
            needed.setdefault(entry["name"], set())
    names = sorted(set(needed) - made_secrets(wanted))
    if names and not looked.has_namespace:
        text = f"kubectl create namespace {cluster.namespace}"
        looked.unknown.append(f"Secrets need their namespace: {text}")
    for name in names:
        keys = keys_of_secret(cluster, name, looked)
        if keys is None:
            text = f"Secret {name} is missing in {cluster.namespace}"
            wants = ", ".join(sorted(needed[name]))
            looked.missing.append(f"{text}: {wants}" if wants else text)
        elif keys:
            for item in sorted(needed[name] - keys):
                looked.missing.append(f"Secret {name} has no key {item}")


def look_for_others(cluster: Cluster, wanted: Objects, looked: Looked) -> None:
    """Claims and ConfigMaps that pods name and somebody else makes."""
    needed: Objects = {}
    for thing in wanted.values():
        pod = pod_of(thing)
        claim = "persistentVolumeClaim.claimName"
        volumes = at(pod, "spec.volumes") or []
        names = [("PersistentVolumeClaim", at(v, claim)) for v in volumes]
        names += [("ConfigMap", n) for n, _ in references(pod, "configMap")]
        for kind, name in names:
            meta = {"name": name, "namespace": cluster.namespace}
            one = {"apiVersion": "v1", "kind": kind, "metadata": meta}
            if name and key(one) not in wanted:
                needed[key(one)] = one
    for one in needed.values():
        text = f"{shown(one)} is missing in {cluster.namespace}"
        try:
            if not cluster.read([one]):
                looked.missing.append(text)
        except Problem:
            looked.unknown.append(f"{shown(one)} (no right to read it)")


def made_secrets(wanted: Objects) -> set[str]:
    """Secrets that the release brings, or that others make from it."""
    names = set()
    for thing in wanted.values():
        name = thing["metadata"]["name"]
        if thing["kind"] in ("Secret", "SealedSecret"):
            names.add(at(thing, "spec.template.metadata.name") or name)
        elif thing["kind"] == "ExternalSecret":
            names.add(at(thing, "spec.target.name") or name)
        elif thing["kind"] == "SecretProviderClass":
            for one in at(thing, "spec.secretObjects") or []:
                names.add(one["secretName"])
    return names


def keys_of_secret(
    cluster: Cluster, name: str, looked: Looked
) -> set[str] | None:
    """Its keys; None when it is missing. No value leaves kubectl."""
    template = "<<range $key, $_ := .data>><<$key>> <<end>>"
    template = template.replace("<<", "{" * 2).replace(">>", "}" * 2)
    words = ("get", "secret", name, f"--namespace={cluster.namespace}")
    try:
        return set(cluster.run(*words, f"-o=go-template={template}").split())
    except Problem as problem:
        if "NotFound" in str(problem):
            return None
        looked.unknown.append(f"Secret {name} (no right to read it)")
        return set()


def look_for_rights(cluster: Cluster, wanted: Objects, looked: Looked) -> None:
    """Asks the API server for all rights at once."""
    asked: dict[tuple[str, str, str], Object] = {}

    def ask(
        group: str, resource: str, *verbs: str, all_over: str = ""
    ) -> None:
        for verb in verbs:
            plural, _, below = resource.partition("/")
            attributes = {"group": group, "resource": plural, "verb": verb}
            attributes["subresource"] = below
            attributes["namespace"] = all_over or cluster.namespace
            asked[group, resource, verb] = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            }

    for thing in wanted.values():
        found = cluster.resource(thing)
        if found:
            group = thing["apiVersion"].rpartition("/")[0]
            ask(group, found[0], "get", "create", "patch")
            if thing["kind"] not in NEVER_DELETED:
                ask(group, found[0], "delete")
    ask("", "configmaps", "get", "list", "create", "patch", "delete")
    ask("", "pods", "get", "list")
    ask("apps", "replicasets", "list")
    ask("apps", "controllerrevisions", "list")
    ask("batch", "jobs", "list")
    ask("discovery.k8s.io", "endpointslices", "list")
    leases = ("get", "create", "update", "delete")
    ask("coordination.k8s.io", "leases", *leases)
    words = ("create", "--filename=-")
    try:
        answers = cluster.items(*words, send=listed(list(asked.values())))
    except Problem:
        looked.unknown.append("rights (the API server does not list them)")
        return
    for (group, resource, verb), answer in zip(asked, answers):
        if not at(answer, "status.allowed"):
            name = f"{resource}.{group}" if group else resource
            looked.missing.append(f"no right to {verb} {name}")


# ---------------------------------------------------------------- release


class Release:
    """One release, from the live state to the wanted one."""

    def __init__(
        self, cluster: Cluster, history: History, wanted: Objects, wait: float
    ) -> None:
        self.cluster, self.history, self.wanted = cluster, history, wanted
        self.wait = wait
        known = list(history.records[-1:]) or []
        self.inventory: Objects = {}
        for record in [history.live, *history.attempts, *known]:
            self.inventory.update(record.inventory if record else {})
        if not history.live:
            self.inventory.update(unrecorded(cluster, history.app))
        self.inventory.update(inventory_of(wanted))
        asked = {k: stub(v) for k, v in wanted.items()}
        self.live = cluster.read({**self.inventory, **asked}.values())

    def base(self) -> Objects:
        return self.history.live.objects if self.history.live else {}

    # ------------------------------------------------------------- migrate

    def migrate(self, did: list[str]) -> None:
        """Runs the migration, with only what its pod needs."""
        job = next((o for o in self.wanted.values() if is_migration(o)), None)
        if not job:
            did.append("no migration")
            return
        self.wait_for_running_migration()
        needed = self.needed_by(job)
        self.cluster.delete([job], 60)
        self.declare(needed)
        self.await_workloads([o for o in needed if o["kind"] in WORKLOADS])
        self.cluster.apply([job])
        limit = (at(job, "spec.activeDeadlineSeconds") or 900) + 60
        self.await_job(job, limit)
        did.append(f"{shown(job)} completed")

    def wait_for_running_migration(self) -> None:
        """A migration of a release that was killed is not run twice."""
        for thing in self.cluster.of_namespace("jobs.batch"):
            ours = app_of(thing) == self.history.app
            if ours and is_migration(thing) and is_active(thing):
                say(f"waiting: {shown(thing)} of another release runs")
                limit = at(thing, "spec.activeDeadlineSeconds") or 900
                try:
                    self.await_job(thing, limit + 60)
                except Problem:
                    self.cluster.delete([thing], 60)

    def needed_by(self, job: Object) -> list[Object]:
        """What the pod of the migration needs, or may call."""
        pod = pod_of(job)
        names = {"ConfigMap": set(dict(references(pod, "configMap")))}
        secrets = {name for name, _ in references(pod, "secret")}
        account = at(pod, "spec.serviceAccountName")
        names["ServiceAccount"] = {account}
        volumes = at(pod, "spec.volumes") or []
        names["PersistentVolumeClaim"] = {
            at(v, "persistentVolumeClaim.claimName") for v in volumes
        }
        names["SecretProviderClass"] = {
            at(v, "csi.volumeAttributes.secretProviderClass") for v in volumes
        }
        fresh = [
            thing
            for name, thing in self.wanted.items()
            if is_service_of_its_own(thing) and name not in self.live
        ]

        def is_needed(thing: Object) -> bool:
            kind = thing["kind"]
            if kind in names:
                return thing["metadata"]["name"] in names[kind]
            if kind in ("ExternalSecret", "SealedSecret", "Secret"):
                made = made_secrets({key(thing): thing})
                return bool(made & (secrets | {account}))
            if kind == "NetworkPolicy":
                chosen = at(thing, "spec.podSelector.matchLabels")
                pods = [pods_labels(one) for one in [job, *fresh]]
                return any(selects(chosen, labels) for labels in pods)
            if kind == "Service":
                chosen = at(thing, "spec.selector")
                pods = [pods_labels(one) for one in fresh]
                return not chosen or any(selects(chosen, p) for p in pods)
            return kind in ("Namespace", "ServiceEntry") or thing in fresh

        return [thing for thing in self.wanted.values() if is_needed(thing)]

    def await_job(self, job: Object, seconds: float) -> None:
        started = could_start = time.monotonic()
        why, patience = "", min(STUCK_SECONDS, self.wait)
        while time.monotonic() < started + seconds:
            found = self.cluster.read([job]).get(key(job))
            conditions = at(found, "status.conditions") or []
            true = {c["type"] for c in conditions if c["status"] == "True"}
            if found is None or "Complete" in true:
                return
            if true & {"Failed", "FailureTarget"}:
                break
            why = self.stuck(job)
            if not why:
                could_start = time.monotonic()
            elif time.monotonic() > could_start + patience:
                break
            time.sleep(POLL_SECONDS)
        self.explain([job])
        text = f"{shown(job)} did not complete"
        raise Problem(f"{text}: {why}" if why else text)

    def stuck(self, job: Object) -> str:
        """Why no container of a Job's pods starts; empty when one may."""
        name = "batch.kubernetes.io/job-name"
        chosen = {name: job["metadata"]["name"]}
        pods = self.cluster.of_namespace("pods")
        for pod in pods:
            if selects(chosen, at(pod, "metadata.labels")):
                for one in container_statuses(pod):
                    reason = at(one, "state.waiting.reason")
                    if reason in CANNOT_START:
                        return f"{one['name']}: {reason}"
        return ""

    # ------------------------------------------------------------ hand over

    def declare(self, things: list[Object]) -> None:
        """Applies objects; nobody's pods drop when replicas change owner."""
        self.hand_over(things)
        for thing in things:
            # The pods of a Job cannot change, and it runs once a release.
            if thing["kind"] == "Job" and key(thing) in self.live:
                self.cluster.delete([thing], 60)
        self.cluster.apply(things)

    def hand_over(self, things: list[Object]) -> int:
        """Keeps spec.replicas while it moves to an autoscaler or back."""
        moved = 0
        now_there = self.cluster.read(things)
        for thing in things:
            found = now_there.get(key(thing))
            if thing["kind"] not in WORKLOADS or not found:
                continue
            if at(thing, "spec.replicas") is None and owns_replicas(found):
                # A field that its only owner drops would become 1.
                self.scale(thing, at(found, "spec.replicas"))
                moved += 1
        return moved

    def scale(self, thing: Object, replicas: int) -> None:
        scaled = {**stub(thing), "spec": {"replicas": replicas}}
        self.cluster.apply([scaled], SCALER)

    def drop_autoscalers(self, wanted: Objects) -> list[Object]:
        """Ends autoscalers whose workload stays: two would fight over it."""
        gone = []
        for name, thing in self.live.items():
            if thing["kind"] in AUTOSCALERS and name not in wanted:
                target = at(thing, "spec.scaleTargetRef") or {}
                kind = target.get("kind", "Deployment")
                for one in wanted.values():
                    same = one["metadata"]["name"] == target.get("name")
                    if one["kind"] == kind and same and is_ours(thing):
                        gone.append(thing)
        left = self.cluster.delete(gone, 60)
        if left:
            raise Problem(f"{shown(left[0])} cannot be deleted")
        return gone

    # ------------------------------------------------------------- bring up

    def turns(self, thing: Object) -> bool:
        """Whether it moves requests, and waits until the new side is up."""
        is_live = key(thing) in self.live
        selector = at(thing, "spec.selector")
        service = thing["kind"] == "Service" and is_live and bool(selector)
        return service or thing["kind"] in TRAFFIC

    def changed(self) -> list[Object]:
        """Workloads that must be up before the traffic turns."""
        base = self.base()
        found = {
            name: thing
            for name, thing in self.wanted.items()
            if thing["kind"] in WORKLOADS and base.get(name) != thing
        }
        for _, new, _ in self.moving_services():
            found.update(by_key(new))
        return list(found.values())

    def moving_services(self) -> Iterator[tuple[Object, list[Object], int]]:
        """Services that change sides: the new side, replicas of the old."""
        for name, thing in self.wanted.items():
            old = at(self.live.get(name), "spec.selector")
            new = at(thing, "spec.selector")
            if thing["kind"] == "Service" and old and new and old != new:
                side = [
                    one
                    for one in self.wanted.values()
                    if one["kind"] in WORKLOADS
                    and selects(new, pods_labels(one))
                ]
                counts = [
                    at(one, "spec.replicas") or 0
                    for one in self.live.values()
                    if one["kind"] in WORKLOADS
                    and selects(old, pods_labels(one))
                ]
                yield thing, side, sum(counts)

    def bring_up(self, did: list[str]) -> None:
        self.drop_autoscalers(self.wanted)
        things = [
            thing
            for thing in self.wanted.values()
            if not self.turns(thing) and not is_migration(thing)
        ]
        self.declare(things)
        self.size()
        waited = self.changed()
        did.append(f"{len(things)} objects")
        self.await_workloads(waited)
        did.append(f"{len(waited)} workloads ready")

    def size(self) -> None:
        """Gives the side that requests turn to as many pods as the other."""
        least: dict[str, int] = {}
        for name, thing in self.wanted.items():
            if thing["kind"] in WORKLOADS and name not in self.live:
                least[name] = 0
        for _, side, count in self.moving_services():
            least.update({key(one): count for one in side})
        there = self.cluster.read([self.wanted[name] for name in least])
        for name, thing in there.items():
            if at(self.wanted[name], "spec.replicas") is None:
                low, high = self.limits(self.wanted[name])
                count = min(max(least[name], low), high)
                if count > (at(thing, "spec.replicas") or 0):
                    self.scale(thing, count)

    def limits(self, workload: Object) -> tuple[int, int]:
        """The least and the most replicas by the workload's autoscaler."""
        for thing in self.wanted.values():
            target = at(thing, "spec.scaleTargetRef.name")
            kind = at(thing, "spec.scaleTargetRef.kind") or "Deployment"
            same = target == workload["metadata"]["name"]
            if same and kind == workload["kind"]:
                spec = thing["spec"]
                if thing["kind"] == "HorizontalPodAutoscaler":
                    return spec.get("minReplicas", 1), spec["maxReplicas"]
                if thing["kind"] == "ScaledObject":
                    low = spec.get("minReplicaCount", 0)
                    return low, spec.get("maxReplicaCount", 100)
        return 1, 1

    def await_workloads(self, things: list[Object]) -> None:
        """Waits for all at once, by what the controllers observed."""
        until = time.monotonic() + self.wait
        shown_last = ""
        while things:
            there = self.cluster.read(things)
            waits, failed = {}, []
            for thing in things:
                found = there.get(key(thing))
                why = not_ready(found)
                if why:
                    waits[shown(thing)] = why
                if why and found and has_given_up(found):
                    failed.append(thing)
            if not waits:
                return
            if failed or time.monotonic() > until:
                late = [t for t in things if shown(t) in waits]
                self.explain(failed or late)
                text = "; ".join(f"{k}: {v}" for k, v in waits.items())
                raise Problem(f"not ready: {text}")
            text = "; ".join(f"{k}: {v}" for k, v in waits.items())
            if text != shown_last:
                say(f"           waiting: {text}")
                shown_last = text
            time.sleep(POLL_SECONDS)

    # ----------------------------------------------------------------- turn

    def turn(self, did: list[str]) -> None:
        things = [t for t in self.wanted.values() if self.turns(t)]
        moving = list(self.moving_services())
        pods = self.cluster.of_namespace("pods") if moving else []
        for service, side, _ in moving:
            selector = service["spec"]["selector"]
            is_empty = all(at(one, "spec.replicas") == 0 for one in side)
            if not is_empty and not any(is_ready(p, selector) for p in pods):
                raise Problem(f"{shown(service)}: no pod is ready for it")
        self.cluster.apply(things)
        for service, _, _ in moving:
            self.await_endpoints(service)
            did.append(f"{shown(service)} turned")
        did.append(f"{len(things)} objects")

    def await_endpoints(self, service: Object) -> None:
        """Until the Service sends requests to the new pods alone."""
        name = service["metadata"]["name"]
        selector = service["spec"]["selector"]
        until = time.monotonic() + 30
        while time.monotonic() < until:
            pods = self.cluster.of_namespace("pods")
            ready = {
                pod["metadata"]["name"]
                for pod in pods
                if is_ready(pod, selector)
            }
            slices = self.cluster.of_namespace("endpointslices")
            label = "kubernetes.io/service-name"
            served = {
                at(end, "targetRef.name")
                for one in slices
                if at(one, "metadata.labels").get(label) == name
                for end in one.get("endpoints") or []
                if at(end, "conditions.ready") is not False
            }
            if served == ready:
                return
            time.sleep(POLL_SECONDS / 2)

    # ------------------------------------------------------------ take away

    def take_away(self, did: list[str]) -> Objects:
        """Deletes what is no longer asked for; returns what stays."""
        surplus = [
            stub(thing)
            for name, thing in self.inventory.items()
            if name not in self.wanted
            and thing["kind"] not in NEVER_DELETED
            and (self.cluster.resource(thing) or (None, False))[1]
        ]
        there = self.cluster.read(surplus)
        used = self.used_config_maps()
        gone, kept = [], {}
        for name, thing in there.items():
            in_use = thing["kind"] == "ConfigMap" and (
                thing["metadata"]["name"] in used
            )
            if is_of_another(thing, self.history.app):
                continue
            if is_ours(thing) and not in_use and not is_active(thing):
                gone.append(thing)
            else:
                kept[name] = stub(thing)
        # Autoscalers and routes first, policies and accounts last.
        left = self.cluster.delete(reversed(ordered(gone)), 60)
        for thing in left:
            tell(f"           {shown(thing)} is still being deleted")
        kept.update({key(thing): stub(thing) for thing in left})
        did.append(f"{len(gone)} deleted" if gone else "nothing")
        did.extend(shown(thing) for thing in gone)
        return kept

    def used_config_maps(self) -> set[str]:
        """Those that a revision, or a pod that may start again, needs."""
        kinds = "replicasets.apps,controllerrevisions.apps,jobs.batch,pods"
        revisions: dict[str, list[tuple[int, Object]]] = {}
        used: set[str] = set()
        for thing in self.cluster.of_namespace(kinds):
            kind, meta = thing["kind"], thing["metadata"]
            if meta.get("deletionTimestamp"):
                continue
            if kind == "ReplicaSet":
                owners = meta.get("ownerReferences") or [{}]
                name = "deployment.kubernetes.io/revision"
                number = int((meta.get("annotations") or {}).get(name, 0))
                owner = revisions.setdefault(owners[0].get("name", ""), [])
                owner.append((number, thing))
            elif kind == "ControllerRevision" or is_active(thing):
                used |= set(dict(references(thing, "configMap")))
        for name, found in revisions.items():
            found.sort(key=lambda pair: pair[0], reverse=True)
            for _, thing in found[: self.history_of(name) + 1]:
                used |= set(dict(references(thing, "configMap")))
        return used

    def history_of(self, name: str) -> int:
        for thing in self.wanted.values():
            named = thing["metadata"]["name"] == name
            if thing["kind"] == "Deployment" and named:
                limit = at(thing, "spec.revisionHistoryLimit")
                return 10 if limit is None else int(limit)
        return -1  # it goes, and its revisions with it

    # -------------------------------------------------------------- go back

    def go_back(self, did: list[str]) -> None:
        """Declares what is live again, where this release changed it."""
        base, attempts = self.base(), self.history.attempts
        changed = [
            thing
            for name, thing in base.items()
            if any(one.objects.get(name) != thing for one in attempts)
            and thing["kind"] not in ("Job", "Secret")
            and not self.keeps_new_data(thing)
        ]
        old = self.history.live.inventory if self.history.live else {}
        created = [
            thing
            for one in attempts
            for name, thing in one.objects.items()
            if name not in old
            and thing["kind"] not in NEVER_DELETED
            and is_rendered(thing)
        ]
        self.live = self.cluster.read(
            [*changed, *created, *self.inventory.values()]
        )
        self.drop_autoscalers(base)
        first = [t for t in changed if t["kind"] not in (*TRAFFIC, "Service")]
        new = [
            t
            for t in changed
            if t["kind"] == "Service" and key(t) not in self.live
        ]
        self.declare(first + new)
        workloads = [t for t in first if t["kind"] in WORKLOADS]
        self.wait = patience(base)  # a short --timeout was for the new one
        self.free_stateful(workloads)
        self.await_workloads(workloads)
        self.cluster.apply([t for t in changed if t not in first + new])
        left = self.cluster.delete(reversed(ordered(created)), 60)
        if left:
            raise Problem(f"{shown(left[0])} is still being deleted")
        did.append(f"{len(changed)} objects declared again")
        did.append(f"{len(created)} deleted")

    def keeps_new_data(self, thing: Object) -> bool:
        """A server whose new version ran: its data may be newer."""
        if not is_service_of_its_own(thing):
            return False
        found = self.cluster.read([thing]).get(key(thing))
        revision = at(found, "status.updateRevision")
        label = "controller-revision-hash"
        for pod in self.cluster.of_namespace("pods"):
            labels = at(pod, "metadata.labels") or {}
            if labels.get(label) == revision and has_started(pod):
                if found and at(found, "spec") != at(thing, "spec"):
                    text = "stays as released: its new version has run"
                    tell(f"           {shown(thing)} {text} on its data")
                return True
        return False

    def free_stateful(self, things: list[Object]) -> None:
        """A StatefulSet waits forever for a pod that never became ready."""
        sets = self.cluster.read(
            [thing for thing in things if thing["kind"] == "StatefulSet"]
        )
        for found in sets.values():
            wanted = at(found, "spec.selector.matchLabels")
            for pod in self.cluster.of_namespace("pods"):
                labels = at(pod, "metadata.labels")
                if selects(wanted, labels) and not is_ready(pod, wanted):
                    self.cluster.delete([pod], 0)

    # -------------------------------------------------------------- explain

    def explain(self, things: list[Object]) -> None:
        """Pods, events and logs of what fails; never the value of a Secret."""
        with contextlib.suppress(Problem):
            pods = self.cluster.of_namespace("pods")
            for thing in things:
                chosen = at(thing, "spec.selector.matchLabels")
                if thing["kind"] == "Job":
                    name = thing["metadata"]["name"]
                    chosen = {"batch.kubernetes.io/job-name": name}
                for pod in pods:
                    labels = at(pod, "metadata.labels")
                    if selects(chosen, labels) and not is_ready(pod, chosen):
                        self.explain_pod(pod)

    def explain_pod(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        here = f"--namespace={self.cluster.namespace}"
        say(f"--- pod {name}: {at(pod, 'status.phase')}")
        for one in container_statuses(pod):
            for state in (one.get("state") or {}).values():
                reason = state.get("reason", "")
                text = state.get("message", "")
                say(f"    {one['name']}: {reason} {text}".rstrip())
            again = ["--previous"] if one.get("restartCount") else []
            words = ("logs", name, here, f"--container={one['name']}")
            with contextlib.suppress(Problem):
                say(self.cluster.run(*words, "--tail=50", *again).rstrip())
        chosen = f"--field-selector=involvedObject.name={name}"
        with contextlib.suppress(Problem):
            for event in self.cluster.items("get", "events", here, chosen):
                say(f"    {event.get('reason')}: {event.get('message')}")


def inventory_of(wanted: Objects) -> Objects:
    """What may be deleted some day: manifests of one's own never are."""
    return {k: stub(v) for k, v in wanted.items() if is_rendered(v)}


def unrecorded(cluster: Cluster, app: str) -> Objects:
    """What pykube applied before its releases were recorded."""
    found: Objects = {}
    for line in RENDERED:
        version, kind = line.split()
        known = cluster.resource({"apiVersion": version, "kind": kind})
        if not known:
            continue
        group = version.rpartition("/")[0]
        plural = f"{known[0]}.{group}" if group else known[0]
        label = f"--selector={APP_LABEL}={app}"
        words = ("get", plural, f"--namespace={cluster.namespace}", label)
        things = cluster.items(*words, "--show-managed-fields")
        found.update(by_key(filter(is_ours, things)))
    return {name: stub(thing) for name, thing in found.items()}


def managers(thing: Object) -> list[Object]:
    return at(thing, "metadata.managedFields") or []


def is_ours(thing: Object) -> bool:
    """Whether a release applied it."""
    return any(
        entry["manager"] == MANAGER and entry["operation"] == "Apply"
        for entry in managers(thing)
    )


def is_of_another(thing: Object, app: str) -> bool:
    """Whether another application has it by now: not every name holds the
    application's, so a renamed one takes over what it asks for as well."""
    return app_of(thing) not in (None, app)


def owns_replicas(thing: Object) -> bool:
    return any(
        entry["manager"] == MANAGER
        and "f:replicas" in (at(entry, "fieldsV1.f:spec") or {})
        for entry in managers(thing)
    )


def is_active(thing: Object) -> bool:
    """Whether a Job or a pod has not come to its end."""
    if thing["kind"] == "Pod":
        return at(thing, "status.phase") in ("Pending", "Running")
    conditions = at(thing, "status.conditions") or []
    ended = any(
        c["type"] in ("Complete", "Failed") and c["status"] == "True"
        for c in conditions
    )
    return thing["kind"] == "Job" and not ended


def is_ready(pod: Object, selector: Object | None) -> bool:
    conditions = at(pod, "status.conditions") or []
    return (
        selects(selector, at(pod, "metadata.labels"))
        and not pod["metadata"].get("deletionTimestamp")
        and any(
            c["type"] == "Ready" and c["status"] == "True" for c in conditions
        )
    )


def container_statuses(pod: Object) -> list[Object]:
    names = ("initContainerStatuses", "containerStatuses")
    return [s for name in names for s in at(pod, f"status.{name}") or []]


def has_started(pod: Object) -> bool:
    return any(
        "running" in one.get("state", {})
        or "terminated" in one.get("state", {})
        or one.get("lastState")
        for one in at(pod, "status.containerStatuses") or []
    )


def not_ready(thing: Object | None) -> str:
    """Why a workload is not what it should be; empty when it is."""
    if thing is None:
        return "is missing"
    status = thing.get("status") or {}
    if status.get("observedGeneration", 0) < thing["metadata"]["generation"]:
        return "not observed yet"
    wanted = at(thing, "spec.replicas")
    updated = status.get("updatedReplicas", 0)
    ready = status.get("readyReplicas", 0)
    if thing["kind"] == "Deployment":
        ready = status.get("availableReplicas", 0)
    if updated < wanted:
        return f"{updated} of {wanted} pods are new"
    if ready < wanted:
        return f"{ready} of {wanted} pods are ready"
    if status.get("replicas", 0) > updated:
        return "old pods end"
    return ""


def has_given_up(thing: Object) -> bool:
    return any(
        condition.get("reason") == "ProgressDeadlineExceeded"
        for condition in at(thing, "status.conditions") or []
    )


# ------------------------------------------------------------------- main


def identity(wanted: Objects, args: argparse.Namespace) -> tuple[str, str]:
    """Application and namespace, by the labels of what runs pods."""
    runs = [t for t in wanted.values() if pod_of(t) and is_rendered(t)]
    apps = {app_of(t) for t in runs}
    spaces = {at(thing, "metadata.namespace") for thing in runs}
    app = {args.app} if args.app else apps - {None}
    space = {args.namespace} if args.namespace else spaces - {None}
    if len(app) != 1:
        raise Problem("one application is released at a time: add --app NAME")
    if len(space) != 1:
        raise Problem("the objects name no single namespace: add --namespace")
    if spaces - {None} - space:
        raise Problem(f"the objects are not in namespace {args.namespace}")
    return str(app.pop()), str(space.pop())


def commit_of(folder: Path) -> str:
    found = os.environ.get("GITHUB_SHA") or git(folder, "rev-parse", "HEAD")[1]
    return found if len(found) >= 7 else ""


def refuse(looked: Looked) -> None:
    for line in looked.unknown:
        tell(f"           not looked at: {line}")
    for line in looked.missing:
        tell(f"           missing: {line}")
    if looked.missing:
        raise Problem(f"{len(looked.missing)} missing; nothing was changed")


def check_order(history: History, commit: str, args: Any) -> str:
    """Refuses what is older than what is live."""
    if not history.live:
        return "no release is recorded"
    order = order_of(args.folder, history.live.commit, commit)
    if order == "older" and not args.force:
        text = f"{history.live} is live and newer; --force releases this"
        raise Problem(f"{text} older commit; nothing was changed")
    words = {
        "same": "the same commit as",
        "unknown": "not known to be older or newer than",
    }
    return f"{words.get(order, f'{order} than')} what is live"


def looking(cluster: Cluster, wanted: Objects, app: str, args: Any) -> Looked:
    with phase("look") as did:
        for thing in wanted.values():
            known = cluster.resource(thing)
            if known and known[1]:
                thing["metadata"].setdefault("namespace", cluster.namespace)
        live = cluster.read(wanted.values())
        looked = look(cluster, wanted, live)
        refuse(looked)
        did.append(f"{len(wanted)} objects asked for")
        if looked.has_namespace:
            history = History(cluster, app)
            did.append(check_order(history, commit_of(args.folder), args))
            if args.action == "look":
                surplus = Release(cluster, history, wanted, 0).inventory
                for name in sorted(set(surplus) - set(wanted)):
                    if surplus[name]["kind"] not in NEVER_DELETED:
                        say(f"           not asked for: {name}")
    return looked


def apply(cluster: Cluster, args: Any) -> int:
    wanted = by_key(rendered(cluster, args.folder, args.image).values())
    app, cluster.namespace = identity(wanted, args)
    args.app = app
    looked = looking(cluster, by_key(wanted.values()), app, args)
    wanted = by_key(wanted.values())  # they know their namespace now
    if args.action == "look":
        return 0
    if not looked.has_namespace:
        first = [t for t in wanted.values() if t["kind"] == "Namespace"]
        cluster.apply(first)
    with Lease(cluster, app, args.wait):
        history = History(cluster, app)
        commit = commit_of(args.folder)
        check_order(history, commit, args)
        record = Record(0, "pending", wanted, {}, commit, now(), who())
        is_first = not history.live
        code = run(cluster, history, record, args)
        if is_first and not code:
            offer_removal(cluster, app, wanted)
        return code


def offer_removal(cluster: Cluster, app: str, wanted: Objects) -> None:
    """After a change of the name, the application runs under both."""
    labels = record_labels(app)
    chosen = ",".join(f"{k}={v}" for k, v in labels.items() if k != APP_LABEL)
    here = f"--namespace={cluster.namespace}"
    found = cluster.items("get", "configmaps", here, f"--selector={chosen}")
    for thing in found:
        record, old = Record.of(thing), thing["metadata"]["labels"][APP_LABEL]
        same = web_images(record.objects) & web_images(wanted)
        if old != app and record.status == "deployed" and same:
            tell(f"{old} runs the same image here; if that is its old name:")
            command = f"release.py remove --app {old}"
            tell(f"{command} --namespace {cluster.namespace}")


def web_images(objects: Objects) -> set[str]:
    return {
        repository(one["image"])
        for thing in objects.values()
        if component(thing).partition("-")[0] == "web"
        for one in (at(pod_of(thing), "spec.containers") or [])[:1]
    }


def rollback(cluster: Cluster, args: Any) -> int:
    """Declares an earlier release again; the database stays as it is."""
    wanted = rendered(cluster, args.folder, None)
    args.app, cluster.namespace = identity(wanted, args)
    with Lease(cluster, args.app, args.wait):
        history = History(cluster, args.app)
        to = history.numbered(args.number)
        live = history.live.objects if history.live else {}
        # What runs once a release does not run again, and a newer server's
        # data is not given to an older one.
        objects = {
            name: live.get(name, thing)
            if is_service_of_its_own(thing)
            else thing
            for name, thing in to.objects.items()
            if thing["kind"] not in ("Job", "Secret")
        }
        note = f"rolled back to release {to.number}"
        tell(f"{note}; migrations are not undone")
        record = Record(
            0, "pending", objects, {}, to.commit, now(), who(), note
        )
        return run(cluster, history, record, args)


def run(cluster: Cluster, history: History, record: Record, args: Any) -> int:
    """All phases that change something."""
    wait = args.timeout or patience(record.objects)
    release = Release(cluster, history, record.objects, wait)
    record.inventory = release.inventory
    history.begin(record)
    try:
        with phase("migrate") as did:
            release.migrate(did)
        with phase("bring up") as did:
            release.bring_up(did)
        with phase("turn") as did:
            release.turn(did)
    except Problem as problem:
        say(str(problem))
        return failed(history, record, release, str(problem))
    return finish(history, record, release)


def patience(wanted: Objects) -> float:
    """Seconds for all workloads together: the longest of their deadlines."""
    found = [
        at(thing, "spec.progressDeadlineSeconds") or 600
        for thing in wanted.values()
        if thing["kind"] in WORKLOADS
    ]
    return max(found, default=600) + 60


def finish(history: History, record: Record, release: Release) -> int:
    """Takes away and records; the release is live already."""
    code, problem = 0, ""
    kept = {}
    try:
        with phase("take away") as did:
            kept = release.take_away(did)
    except Problem as fault:
        code, problem = 5, str(fault)
        kept = release.inventory
    record.inventory = inventory_of(record.objects)
    record.inventory.update(kept)
    try:
        with phase("record") as did:
            history.end(record, "deployed")
            did.append(f"release {record.number}")
    except Problem as fault:
        code, problem = 5, str(fault)
    tell(f"live: {record} of {history.app} since {record.since}")
    if problem:
        tell(f"not everything was taken away or recorded: {problem}")
    return code


def failed(
    history: History, record: Record, release: Release, problem: str
) -> int:
    """Ends a release that failed before its traffic had turned whole."""
    if not history.live:
        history.end(record, "failed", problem)
        tell("live: no release; what was brought up stays for you to look at")
        tell("release again, or take it away: release.py remove")
        return 4
    try:
        with phase("go back") as did:
            release.go_back(did)
        history.end(record, "failed", problem)
    except Problem as fault:
        tell(f"the previous release could not be declared whole: {fault}")
        tell(f"release again, or: release.py rollback {history.live.number}")
        return 4
    tell(f"live: {history.live} of {history.app}, as before")
    if any(is_migration(thing) for thing in record.objects.values()):
        tell("a migration that completed is not undone")
    return 3


def status(cluster: Cluster, args: Any) -> int:
    wanted = rendered(cluster, args.folder, None)
    args.app, cluster.namespace = identity(wanted, args)
    history = History(cluster, args.app)
    if not history.live:
        say("live: no recorded release")
    for record in reversed(history.records):
        note = f" ({record.note.splitlines()[0]})" if record.note else ""
        commit = record.commit[:12] or "unknown commit"
        text = f"{record.number:>4}  {record.status:<10}  {record.since}"
        say(f"{text}  {commit}  {record.by}{note}")
        if record is history.live:
            images = {
                one["image"]
                for thing in record.objects.values()
                for one in containers_of(thing)
            }
            for image in sorted(images):
                say(f"      {image}")
    return 0


def remove(cluster: Cluster, args: Any) -> int:
    """Takes the whole application away; its data and Secrets stay."""
    if not (args.app and args.namespace):
        wanted = rendered(cluster, args.folder, None)
        args.app, args.namespace = identity(wanted, args)
    cluster.namespace = args.namespace
    with Lease(cluster, args.app, args.wait):
        history = History(cluster, args.app)
        release = Release(cluster, history, {}, 0)
        with phase("take away") as did:
            kept = release.take_away(did)
            until = time.monotonic() + 60
            # Pods read them until they stop.
            while time.monotonic() < until and any(
                thing["kind"] == "ConfigMap" for thing in kept.values()
            ):
                time.sleep(POLL_SECONDS)
                release.inventory, more = kept, []
                kept = release.take_away(more)
                did.extend(more if more != ["nothing"] else [])
        records = [
            one.manifest(args.app, cluster.namespace)
            for one in history.records
        ]
        cluster.delete(records, 10)
    for name in kept:
        tell(f"           stays: {name}")
    return 5 if kept else 0


def arguments() -> argparse.Namespace:
    about = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = about.add_argument
    actions = ("apply", "look", "status", "rollback", "remove")
    add("action", nargs="?", default="apply", choices=actions)
    add("number", nargs="?", type=int, help="release to roll back to")
    add(
        "--manifests",
        dest="folder",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="folder of the kustomization (default: this file's)",
    )
    add("--image", help="run this image instead of its repository's")
    add("--force", action="store_true", help="release an older commit too")
    add("--timeout", type=float, help="seconds to wait for all workloads")
    add(
        "--wait",
        type=float,
        default=600,
        help="seconds to wait for another release (default: 600)",
    )
    add("--context", help="context of kubectl")
    add("--app", help="name of the application, where labels do not give it")
    add("--namespace", help="its namespace, where the objects do not give it")
    return about.parse_args()


def stop(number: int, _: object) -> None:
    raise Stopped(number)


def main() -> int:
    args = arguments()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    cluster = Cluster(args.context)
    actions: dict[str, Callable[[Cluster, Any], int]] = {
        "apply": apply,
        "look": apply,
        "status": status,
        "rollback": rollback,
        "remove": remove,
    }
    try:
        return actions[args.action](cluster, args)
    except Problem as problem:
        tell(f"refused: {problem}")
        return 1
    except Stopped as stopped:
        tell("stopped; the next release ends this one")
        return 128 + int(stopped.args[0])
    finally:
        if args.action != "status":
            write_summary(args.app or "the application")


if __name__ == "__main__":
    sys.exit(main())
