"""Random edits of app.toml: what `pykube diff` predicts and what is seen.

    python3 edits.py --pykube PATH --number 30 --seed 1

Each application of examples and tests/apps is released into a namespace of its own; edits of one to four keys, drawn from
the schema and from the values that the other applications have, are then released one after the other. What the JSON of
`pykube diff` says of each is compared with pods, endpoints and objects. Needs KUBECONFIG and kubectl; prints each mismatch
and, last, the numbers. Exit code 1: a mismatch.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What has no say in the cluster, or would take the namespace away from under the test.
LEFT_ALONE = {("app", "namespace"), ("ci",), ("build",), ("patches",), ("cluster",), ("app", "name")}
WORKLOADS = ("Deployment", "StatefulSet")
CUSTOM = """keda.sh/v1alpha1 ScaledObject
    keda.sh/v1alpha1 TriggerAuthentication
    monitoring.coreos.com/v1 ServiceMonitor
    monitoring.coreos.com/v1 PodMonitor
    monitoring.coreos.com/v1 PrometheusRule
    gateway.networking.k8s.io/v1 HTTPRoute
    networking.istio.io/v1 DestinationRule
    networking.istio.io/v1 ServiceEntry
    external-secrets.io/v1 ExternalSecret
    bitnami.com/v1alpha1 SealedSecret
    secrets-store.csi.x-k8s.io/v1 SecretProviderClass
    autoscaling.k8s.io/v1 VerticalPodAutoscaler""".split("\n")
OTHERS = ("Event", "Pod", "ReplicaSet", "EndpointSlice", "Endpoints", "ControllerRevision", "Lease")


# ------------------------------------------------------------------ app.toml


def written(value, top=True) -> str:
    """A document as TOML; tables inside values are inline."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ", ".join(written(item, False) for item in value) + "]"
    if isinstance(value, dict) and not top:
        return "{" + ", ".join(f"{json.dumps(k)} = {written(v, False)}" for k, v in value.items()) + "}"
    if isinstance(value, dict):
        return "".join(table(name, part) for name, part in value.items())
    return str(value)


def table(name: str, part) -> str:
    lists = isinstance(part, list) and part and isinstance(part[0], dict)
    if lists:
        return "".join(f"[[{name}]]\n" + lines(one) for one in part)
    return f"[{name}]\n" + lines(part)


def lines(part) -> str:
    return "".join(f"{json.dumps(key)} = {written(value, False)}\n" for key, value in part.items()) + "\n"


class Schema:
    """The keys of app.toml with what each may be."""

    def __init__(self, text: str):
        self.top = json.loads(text)
        self.keys: dict[tuple, dict] = {}
        self.walk((), self.top, 0)

    def plain(self, node: dict) -> dict:
        while True:
            if "$ref" in node:
                node = self.top["$defs"][node["$ref"].rsplit("/", 1)[1]]
            elif "anyOf" in node and len(some := [one for one in node["anyOf"] if one.get("type") != "null"]) == 1:
                node = some[0]
            else:
                return node

    def walk(self, path: tuple, node: dict, depth: int) -> None:
        node = self.plain(node)
        if depth > 6:
            return
        for key, value in node.get("properties", {}).items():
            self.keys[(*path, key)] = self.plain(value)
            self.walk((*path, key), value, depth + 1)
        more = node.get("additionalProperties")
        if isinstance(more, dict):
            self.keys[(*path, "*")] = self.plain(more)
            self.walk((*path, "*"), more, depth + 1)

    def general(self, path: tuple) -> tuple:
        """A path with the names that the user gives left open."""
        found: tuple = ()
        for key in path:
            found = (*found, key if (*found, key) in self.keys else "*")
        return found


def paths(value, path=()):
    """Every key of a document with its value."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*path, key), below
            yield from paths(below, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def is_left_alone(path: tuple) -> bool:
    return any(path[: len(one)] == one for one in LEFT_ALONE)


class Dice:
    """Draws edits from the schema and from what other applications say at the same place."""

    def __init__(self, schema: Schema, documents: list[dict], seed: str, sections: tuple = ()):
        self.schema, self.random = schema, random.Random(seed)
        self.keys = [path for path in schema.keys if not is_left_alone(path) and path[0] in (sections or path)]
        self.pool: dict[tuple, list] = {}
        for document in documents:
            for path, value in paths(document):
                self.pool.setdefault(schema.general(path), []).append((path, value))

    def value(self, general: tuple):
        """A value for a key; None when none is known."""
        node, dice = self.schema.keys.get(general), self.random
        if node is None:
            return None
        if "enum" in node:
            return dice.choice(node["enum"])
        if node.get("type") == "boolean":
            return dice.random() < 0.5
        if node.get("type") == "integer":
            low = node.get("minimum", 0)
            return dice.randint(low, min(node.get("maximum", low + 9), low + 9))
        known = self.pool.get(general)
        return copy.deepcopy(dice.choice(known)[1]) if known else None

    def edit(self, document: dict) -> tuple[str, dict]:
        """The document with one key changed, and the edit in words."""
        new, dice = copy.deepcopy(document), self.random
        if dice.random() < 0.25:
            there = [path for path, _ in paths(document) if len(path) > 1 and not is_left_alone(path)]
            path = dice.choice(there)
            del at(new, path[:-1])[path[-1]]
            return f"- {'.'.join(path)}", new
        general = dice.choice(self.keys)
        if dice.random() < 0.4:
            # Where something is already, so that deep keys are not missed.
            there = [path for path, _ in paths(document) if not is_left_alone(path)]
            general = self.schema.general(dice.choice(there))
        path = self.place(new, general)
        value = self.value(general) if path else None
        if value is None:
            return "", new
        parent = new
        for key in path[:-1]:
            parent = parent.setdefault(key, {})
            if not isinstance(parent, dict):
                return "", document
        parent[path[-1]] = value
        return f"{'.'.join(path)} = {written(value, False)}", new

    def place(self, document: dict, general: tuple) -> tuple:
        """The general path in this document, open names taken from it or from another application."""
        path: tuple = ()
        for at_key, key in enumerate(general):
            if key == "*":
                try:
                    there = list(at(document, path))
                except (KeyError, TypeError):
                    there = []
                other = [one[at_key] for one, _ in self.pool.get(general[: at_key + 1], [])]
                names = there if there and self.random.random() < 0.6 else other or there
                if not names:
                    return ()
                key = self.random.choice(names)
            path = (*path, key)
        return path


# ------------------------------------------------------------------- cluster


def kubectl(*words: str, send: str | None = None, check=True) -> subprocess.CompletedProcess:
    done = subprocess.run(["kubectl", *words], input=send, capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"kubectl {' '.join(words)}: {done.stderr}")
    return done


def make_definitions() -> None:
    """The kinds of add-ons, without their controllers."""
    found = []
    for line in CUSTOM:
        version, kind = line.split()
        group, number = version.split("/")
        plural = kind.lower() + ("es" if kind.endswith("s") else "s")
        plural = plural.replace("entrys", "entries")
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        found.append({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}",
                         "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes/enhancements/pull/1111"}},
            "spec": {"group": group, "scope": "Namespaced",
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                     "versions": [{"name": number, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]},
        })
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": found})
    kubectl("apply", "--server-side", "--filename=-", send=text)
    kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")


@functools.cache
def kinds() -> str:
    words = kubectl("api-resources", "--verbs=list", "--namespaced", "--output=name").stdout.split()
    return ",".join(one for one in words if not one.startswith("events"))


class State:
    """A namespace at one moment."""

    def __init__(self, namespace: str, kinds: str):
        text = kubectl("get", kinds, f"--namespace={namespace}", "--output=json").stdout
        self.all = {f"{one['kind']}/{one['metadata']['name']}": one for one in json.loads(text)["items"]}
        own = ("ConfigMap/kube-root-ca.crt", "ServiceAccount/default")
        self.objects = {
            name for name, one in self.all.items()
            if one["kind"] not in OTHERS and name not in own
            and one["metadata"].get("labels", {}).get("app.kubernetes.io/component") != "release"
        }
        self.pods: dict[str, set] = {}
        for one in self.all.values():
            if one["kind"] == "Pod" and "deletionTimestamp" not in one["metadata"]:
                owner = one["metadata"]["labels"].get("app.kubernetes.io/instance", "")
                self.pods.setdefault(owner, set()).add(one["metadata"]["uid"])


class Watch:
    """The fewest ready endpoints of each Service from now on."""

    def __init__(self, namespace: str):
        words = ["kubectl", "get", "endpointslices", "--watch", "--output-watch-events", "--output=json"]
        self.file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([*words, f"--namespace={namespace}"], stdout=self.file, stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def fewest(self) -> dict[str, int]:
        self.process.kill()
        self.process.wait()
        self.file.seek(0)
        text, decoder, place = self.file.read(), json.JSONDecoder(), 0
        slices: dict[str, tuple[str, int]] = {}
        least: dict[str, int] = {}
        while place < len(text):
            if text[place].isspace():
                place += 1
                continue
            try:
                event, place = decoder.raw_decode(text, place)
            except ValueError:
                break
            one = event["object"]
            service = one["metadata"]["labels"]["kubernetes.io/service-name"]
            ends = one.get("endpoints") or []
            count = sum(end.get("conditions", {}).get("ready") is not False for end in ends)
            slices[one["metadata"]["name"]] = (service, 0 if event["type"] == "DELETED" else count)
            total = sum(ready for of, ready in slices.values() if of == service)
            least[service] = min(least.get(service, total), total)
        return least


def settled(state: State) -> str:
    """What is still on its way; empty when nothing is."""
    for name, one in state.all.items():
        spec, status = one.get("spec", {}), one.get("status", {})
        if one["kind"] in WORKLOADS:
            want = spec.get("replicas", 1)
            done = [status.get(key, 0) for key in ("replicas", "readyReplicas", "updatedReplicas")]
            if status.get("observedGeneration") != one["metadata"]["generation"] or done != [want] * 3:
                return f"{name} {done} of {want}"
        if one["kind"] == "HorizontalPodAutoscaler":
            target = state.all.get(f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}")
            if target and target["spec"].get("replicas", 1) < spec.get("minReplicas", 1):
                return f"{name} below its minimum"
        if one["kind"] == "Pod" and one["metadata"].get("deletionTimestamp"):
            return f"{name} is ending"
    return ""


class Application:
    """One application in a namespace of its own."""

    def __init__(self, pykube: str, name: str, document: dict, namespace: str):
        self.pykube, self.name, self.namespace = pykube, name, namespace
        self.folder = Path(tempfile.mkdtemp())
        self.document = document
        # Files that volumes take from the repository.
        source = ROOT / name
        for one in source.iterdir():
            if one.name not in ("app.toml", "expected", "k8s", ".github", ".pykube"):
                (shutil.copytree if one.is_dir() else shutil.copy)(one, self.folder / one.name)
        kubectl("create", "namespace", namespace)
        self.kinds = kinds()
        self.applied: list[dict] = []  # by an operator that prunes

    def run(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.pykube, *words], cwd=self.folder, capture_output=True, text=True)

    def write(self, document: dict) -> None:
        document = copy.deepcopy(document)
        document.setdefault("app", {})["namespace"] = self.namespace
        document.get("pods", {}).pop("node-selector", None)  # no simulated node would have the labels
        document.get("image", {}).pop("pull-secret", None)  # nobody made it here, and `look` says so
        (self.folder / "app.toml").write_text(written(document))

    def release(self) -> subprocess.CompletedProcess:
        script = self.folder / "k8s/release.py"
        if script.exists():
            return subprocess.run(
                [sys.executable, str(script), "--timeout", "60"], cwd=self.folder, capture_output=True, text=True,
                env={k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")},
            )
        # Without the script an operator follows the repository; Argo CD and Flux replace a Job at each release.
        kubectl("delete", "job", "--all", f"--namespace={self.namespace}", "--wait=true", check=False)
        words = ("apply", "--server-side", "--force-conflicts", "--field-manager=pykube", "--kustomize")
        done = kubectl(*words, str(self.folder / "k8s"), check=False)
        # Who prunes is known where pykube renders the operator's own objects.
        if (self.folder / "gitops").exists() and done.returncode == 0:
            self.prune(self.rendered())
        return done

    def rendered(self) -> list[dict]:
        """The objects that kustomize makes of the folder."""
        text = kubectl("kustomize", str(self.folder / "k8s"), check=False).stdout
        found = kubectl("annotate", "--local", "--filename=-", "--output=json", "none-", send=text, check=False).stdout
        decoder, place, objects = json.JSONDecoder(), 0, []
        while place < len(found.rstrip()):
            while found[place].isspace():
                place += 1
            one, place = decoder.raw_decode(found, place)
            objects.append(one)
        return objects

    def prune(self, objects: list[dict]) -> None:
        """Deletes what is no longer asked for, except what says that it stays, as Argo CD and Flux do."""
        asked = {(one["kind"], one["metadata"]["name"]) for one in objects}
        for one in self.applied:
            notes = one["metadata"].get("annotations") or {}
            stays = notes.get("kustomize.toolkit.fluxcd.io/prune") == "disabled"
            stays |= "Prune=false" in notes.get("argocd.argoproj.io/sync-options", "")
            if (one["kind"], one["metadata"]["name"]) not in asked and not stays:
                kubectl("delete", one["kind"], one["metadata"]["name"], f"--namespace={self.namespace}", check=False)
        self.applied = objects

    def secrets(self) -> None:
        """The Secrets and claims that the pods name, which somebody else would make."""
        wanted: dict[str, set] = {}

        def look(value) -> None:
            if isinstance(value, list):
                for item in value:
                    look(item)
            elif isinstance(value, dict):
                for key, below in value.items():
                    name = isinstance(below, dict) and (below.get("name") or below.get("secretName"))
                    if key in ("secretKeyRef", "secretRef", "secret") and name:
                        keys = wanted.setdefault(name, set())
                        keys.update({below["key"]} if "key" in below else {i["key"] for i in below.get("items", [])})
                    look(below)

        objects = self.rendered()
        for one in objects:
            look(one)
            for claim in re.findall(r'"claimName": "([^"]+)"', json.dumps(one)):
                if not any(o["kind"] == "PersistentVolumeClaim" and o["metadata"]["name"] == claim for o in objects):
                    self.claim(claim)
        for name, keys in wanted.items():
            data = {key: "value" for key in keys}
            metadata = {"name": name, "namespace": self.namespace}
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
            kubectl("apply", "--server-side", "--filename=-", send=json.dumps(secret), check=False)

    def claim(self, name: str) -> None:
        """A claim that the application names and somebody else would make."""
        spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
        metadata = {"name": name, "namespace": self.namespace}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
        kubectl("apply", "--server-side", "--filename=-", send=json.dumps(claim), check=False)

    def settle(self) -> tuple[State, str]:
        until = time.monotonic() + 90
        while True:
            why = settled(State(self.namespace, "deployments,statefulsets,horizontalpodautoscalers,pods"))
            if not why or time.monotonic() > until:
                return State(self.namespace, self.kinds), why
            time.sleep(1)

    def end(self) -> None:
        kubectl("delete", "namespace", self.namespace, "--wait=false")
        shutil.rmtree(self.folder, ignore_errors=True)


# ---------------------------------------------------------------- comparison


def labels_of(workload: dict) -> dict:
    return workload["spec"]["template"]["metadata"].get("labels", {})


def selected(service: dict, state: State) -> list[str]:
    selector = service["spec"].get("selector") or {}
    return [
        name for name, one in state.all.items()
        if one["kind"] in WORKLOADS and selector and selector.items() <= labels_of(one).items()
    ]


def compare(
    foretold: dict, before: State, after: State, fewest: dict, release, seen_so_far: Counter, has_operator: bool
) -> list[str]:
    """Each difference between what was foretold and what was seen, in words."""
    wrong: list[str] = []
    changes = [one for one in foretold["changes"] if one["isObject"]]
    told = {f"{one['kind']}/{one['name']}": one for one in changes}

    def effects(one: dict) -> set:
        return {e["effect"] for e in one["effects"]} | {e["effect"] for f in one["fields"] for e in f["effects"]}

    refused = release.returncode != 0
    never = {name for name, one in told.items() if "immutable" in effects(one)}
    perhaps = {name for name, one in told.items() if "may-be-refused" in effects(one)}
    if refused:
        said = release.stderr + release.stdout
        names = {f"{kind}/{name}" for kind, name in re.findall(r'The (\w+) "([^"]+)" is invalid', said)}
        names |= {f"PersistentVolumeClaim/{n}" for n in re.findall(r'persistentvolumeclaims "([^"]+)" is forbidden', said)}
        if not names or names - never - perhaps:
            wrong.append(f"refused and not foretold: {said[-600:]}")
        if names and never - names:
            wrong.append(f"foretold as refused, and taken: {never - names}")
        return wrong
    if never:
        wrong.append(f"foretold as refused, and taken: {never}")

    created = {name for name, one in told.items() if one["change"] in ("added", "renamed")}
    kept = {name for name, one in told.items() if any("as long as" in effect["why"] for effect in one["effects"])}
    gone = {name for name, one in told.items() if one["change"] == "removed" and "stays" not in effects(one)} - kept
    ours = {"Namespace"}
    seen_created = {n for n in after.objects - before.objects if not n.startswith(("PersistentVolumeClaim/", "Secret/"))}
    seen_gone = before.objects - after.objects
    hashed = {n for n in seen_gone if n.startswith(("ConfigMap/", "Job/"))}
    created = {n for n in created if n.split("/")[0] not in ours and n not in before.objects}
    claims = {n for n in created if n.startswith(("PersistentVolumeClaim/", "Secret/"))}
    seen_so_far["objects created"] += len(seen_created)
    seen_so_far["objects deleted"] += len(seen_gone)
    if created - claims != seen_created:
        wrong.append(f"created: foretold {sorted(created - claims - seen_created)}, seen {sorted(seen_created - created)}")
    if gone - seen_gone or seen_gone - gone - hashed:
        wrong.append(f"deleted: foretold {sorted(gone - seen_gone)}, seen {sorted(seen_gone - gone - hashed)}")

    for name in set(before.all) & set(after.all):
        if name.split("/")[0] not in WORKLOADS:
            continue
        pods = (told.get(name) or {}).get("pods")
        owner = labels_of(after.all[name])["app.kubernetes.io/instance"]
        old, new = before.pods.get(owner, set()), after.pods.get(owner, set())
        if not old or not new:
            continue
        replaced = bool(pods and pods["replaced"])
        seen_so_far["workloads replaced"] += not old & new
        if replaced and old & new:
            wrong.append(f"{name}: foretold replaced, {len(old & new)} of {len(old)} pods are the same")
        if not replaced and not (old <= new or new <= old):
            wrong.append(f"{name}: foretold kept, {len(old - new)} of {len(old)} pods are gone")

    for name, service in before.all.items():
        if service["kind"] != "Service" or name not in after.all or not selected(service, before):
            continue
        down = any("downtime" in effects(one) for one in changes)
        if service["spec"].get("selector") != after.all[name]["spec"].get("selector"):
            seen, own = fewest.get(name.split("/")[1], 0), effects(told.get(name, {"effects": [], "fields": []}))
            seen_so_far["Services turned"] += 1
            if seen == 0 and "downtime" not in own:
                wrong.append(f"{name}: turned with no endpoint for a while, foretold {own}")
            if seen > 0 and "downtime" in own and selected(after.all[name], after):
                wrong.append(f"{name}: foretold downtime, turned with at least {seen} endpoints")
            continue
        least, full = 0, 0
        for workload in selected(service, before):
            pods = (told.get(workload) or {}).get("pods")
            count = len(before.pods.get(labels_of(before.all[workload])["app.kubernetes.io/instance"], ()))
            full += count
            if pods and pods["after"] is None and "moves-traffic" in effects(told[workload]):
                least, full = least + 1, full + 1 - count  # others take over, as many as there are
                continue
            stays = "stays" in effects(told[workload]) if workload in told else True
            least += count if stays and (not pods or pods["after"] is None) else min(count, pods["fewestReady"])
        seen = fewest.get(name.split("/")[1], full)
        if seen < least:
            wrong.append(f"{name}: foretold at least {least} endpoints of {full}, seen {seen}")
        # An operator applies, then prunes, and waits for nothing in between: which of both is first ready is chance.
        is_chance = has_operator and any(one["change"] == "removed" for one in changes)
        if least == 0 and seen > 0 and full > 0 and not is_chance:
            wrong.append(f"{name}: foretold no endpoint for a while, seen {seen} of {full}")
        seen_so_far["Services without an endpoint for a while"] += seen == 0 and full > 0
        seen_so_far["Services watched"] += 1
        if seen == 0 and full > 0 and not down:
            wrong.append(f"{name}: no endpoint for a while, and no downtime foretold")
    return wrong


def obey(foretold: dict, app: Application) -> list[str]:
    """Runs the commands that take away what stays, but for data."""
    wrong = []
    whys = [effect["why"] for one in foretold["changes"] for effect in one["effects"]]
    for words in {found[0] for why in whys if (found := re.findall(r"release.py (remove .*)", why))}:
        script = str(app.folder / "k8s/release.py")
        done = subprocess.run([sys.executable, script, *words.split()], capture_output=True, text=True)
        if done.returncode:
            wrong.append(f"release.py {words}: {done.stdout[-300:]}{done.stderr[-300:]}")
    for one in foretold["changes"]:
        for effect in one["effects"]:
            if effect["effect"] == "stays" and one["kind"] not in ("PersistentVolumeClaim", "Secret", "Namespace"):
                for command in re.findall(r"kubectl delete [^;]+", effect["why"]):
                    done = kubectl(*command.split()[1:], "--wait=true", "--timeout=60s", check=False)
                    if done.returncode:
                        wrong.append(f"{command}: {done.stderr.strip()}")
    return wrong


class Tally:
    """What came of all edits; several applications report at once."""

    def __init__(self, number: int, minutes: float):
        self.number, self.until = number, time.monotonic() + minutes * 60
        self.lock = threading.Lock()
        self.seen: Counter = Counter()
        self.ran = self.mismatches = self.unsettled = self.refusals = 0

    def may_go_on(self) -> bool:
        return self.ran < self.number and time.monotonic() < self.until

    def add(self, name: str, words: str, foretold: dict, refused: bool, unsettled: str, wrong: list[str]) -> None:
        with self.lock:
            self.ran += 1
            self.refusals += refused
            self.unsettled += bool(unsettled)
            self.mismatches += bool(wrong)
            line = "MISMATCH" if wrong else "not settled" if unsettled else "refused" if refused else "as foretold"
            print(f"{self.ran:4} {line:12} {name}: {words} ({foretold['summary']['text']}) {unsettled}")
            for one in wrong:
                print(f"       {one}")
            sys.stdout.flush()


def chain(args, schema: Schema, documents: dict, turn: int, tally: Tally) -> None:
    """Releases one application and a few edits of it, each from the state before."""
    if not tally.may_go_on():
        return
    dice = Dice(schema, list(documents.values()), f"{args.seed}-{turn}")
    names = [name for name in documents if args.only in name]
    name = names[turn % len(names)]
    app = Application(args.pykube, name, documents[name], f"edits-{os.getpid()}-{turn}")
    try:
        app.write(app.document)
        rendered = app.run("render", "--force")
        app.secrets()
        first = app.release() if rendered.returncode == 0 else rendered
        state, why = app.settle() if first.returncode == 0 else (None, "refused")
        if why:
            print(f"     left out     {name}: {why} {(first.stdout + first.stderr)[-300:]}", flush=True)
            return
        for _ in range(args.chain):
            words, foretold, document = draw(dice, app) if tally.may_go_on() else ("", {}, {})
            if not foretold:
                return
            app.document = document
            app.run("render", "--force")
            app.secrets()
            state = State(app.namespace, app.kinds)
            watch = Watch(app.namespace)
            done = app.release()
            after, why = app.settle() if done.returncode == 0 else (State(app.namespace, app.kinds), "")
            time.sleep(0.5)
            fewest = watch.fewest()
            wrong = [] if why else compare(foretold, state, after, fewest, done, tally.seen, (app.folder / "gitops").exists())
            wrong += obey(foretold, app) if done.returncode == 0 else []
            tally.add(name, words, foretold, done.returncode != 0, why, wrong)
            if done.returncode or why:
                return  # what is there is no longer what the folder says
            app.settle()
    finally:
        app.end()


def main() -> int:
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--pykube", required=True, type=lambda path: str(Path(path).resolve()))
    about.add_argument("--number", type=int, default=30)
    about.add_argument("--seed", type=int, default=2026)
    about.add_argument("--chain", type=int, default=6, help="edits of one application before the next one")
    about.add_argument("--beside", type=int, default=4, help="applications at a time")
    about.add_argument("--only", default="", help="only applications with this text in their path")
    about.add_argument("--first", type=int, default=0, help="the turn to begin with")
    about.add_argument("--minutes", type=float, default=600)
    args = about.parse_args()
    schema = Schema(subprocess.run([args.pykube, "schema"], capture_output=True, text=True, check=True).stdout)
    files = sorted([*ROOT.glob("examples/*/app.toml"), *ROOT.glob("tests/apps/*/app.toml")])
    documents = {str(file.parent.relative_to(ROOT)): tomllib.loads(file.read_text()) for file in files}
    make_definitions()
    tally = Tally(args.number, args.minutes)
    with ThreadPoolExecutor(args.beside) as pool:
        turns = range(args.first, args.first + args.number * 4)
        running = [pool.submit(chain, args, schema, documents, turn, tally) for turn in turns]
        for one in running:
            one.result()
    print("; ".join(f"{count} {what}" for what, count in sorted(tally.seen.items())))
    print(
        f"{tally.ran} edits, {tally.refusals} refused by the API server, {tally.unsettled} not settled, "
        f"{tally.mismatches} with a mismatch; seed {args.seed}"
    )
    return 1 if tally.mismatches or not tally.ran else 0


def draw(dice: Dice, app: Application) -> tuple[str, dict, dict]:
    """Edits that render, in words, what the review foretells of them, and the new document."""
    for _ in range(60):
        document, words = app.document, []
        for _ in range(dice.random.randint(1, 4)):
            word, document = dice.edit(document)
            words += [word] if word else []
        if not words or document == app.document:
            continue
        app.write(document)
        done = app.run("diff", "--format", "json", "--exit-zero")
        if done.returncode:
            continue
        foretold = json.loads(done.stdout)
        if any(one["isObject"] for one in foretold["changes"]):
            return "; ".join(words), foretold, document
    app.write(app.document)
    return "", {}, app.document


if __name__ == "__main__":
    sys.exit(main())
