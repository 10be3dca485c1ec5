"""Who reaches whom, by an evaluator that is not ours: the matcher of cyclonus (tools/reach).

    python3 reach.py --pykube PATH --evaluator PATH --number 300 --seed 1

Draws edits as edits.py does, and asks of every pod that is there before and after whether it reaches and is reached by other
pods, another namespace, the addresses that its policies name and some that they do not. What is lost and gained is compared
with what `pykube diff` foretells of the NetworkPolicies. Needs kubectl, and no cluster. Exit code 1: a mismatch.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

from edits import ROOT, Dice, Schema, draw, written

SPACE = "here"
# What `pykube diff` says of a policy that lets less through.
LESS = {"downtime", "less-resilient"}


class Folder:
    """A rendered application; what `draw` of edits.py asks for."""

    def __init__(self, pykube: str, document: dict):
        self.pykube, self.document, self.folder = pykube, document, Path(tempfile.mkdtemp())

    def run(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.pykube, *words], cwd=self.folder, capture_output=True, text=True)

    def write(self, document: dict) -> None:
        app = {**document.get("app", {}), "namespace": SPACE}
        (self.folder / "app.toml").write_text(written({**document, "app": app}))

    def objects(self) -> list[dict]:
        if self.run("render", "--force").returncode:
            return []
        words = ["kubectl", "kustomize", str(self.folder / "k8s")]
        text = subprocess.run(words, capture_output=True, text=True).stdout
        words = ["kubectl", "annotate", "--local", "--filename=-", "--output=json", "none-"]
        found = subprocess.run(words, input=text, capture_output=True, text=True).stdout
        decoder, place, all_of_them = json.JSONDecoder(), 0, []
        while place < len(found := found.rstrip()):
            while found[place].isspace():
                place += 1
            one, place = decoder.raw_decode(found, place)
            all_of_them.append(one)
        return all_of_them


def template(one: dict) -> dict:
    spec = one.get("spec", {})
    return (spec.get("jobTemplate", {}).get("spec", spec)).get("template") or {}


def selects(policy: dict, labels: dict) -> bool:
    return policy["spec"]["podSelector"].get("matchLabels", {}).items() <= labels.items()


def policies(objects: list[dict], labels: dict) -> list[dict]:
    return [one for one in objects if one["kind"] == "NetworkPolicy" and selects(one, labels)]


def places(value) -> set[str]:
    """Every address and namespace that policies name, at any depth."""
    if isinstance(value, list):
        return set().union(*map(places, value))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, below in value.items():
        if key == "cidr":
            found.add(str(ipaddress.ip_network(below)[0] + (1 if ipaddress.ip_network(below).num_addresses > 1 else 0)))
        if key == "except":
            found |= {str(ipaddress.ip_network(one)[0]) for one in below}
        if key == "kubernetes.io/metadata.name":
            found.add(f"namespace {below}")
        found |= places(below)
    return found


def probes(pod: dict, was: dict, objects: list[dict], concerned: list[dict]) -> list[dict]:
    me = {"IP": "10.0.0.1", "Namespace": SPACE, "Labels": pod["metadata"]["labels"], "NamespaceLabels": named(SPACE)}
    others = [me | {"IP": "10.0.0.2", "Labels": template(one)["metadata"]["labels"]} for one in objects if template(one)]
    others += [me | {"IP": "10.0.0.3", "Namespace": "other", "Labels": {}, "NamespaceLabels": named("other")}]
    for place in places(concerned) | {"203.0.113.9", "169.254.169.254"}:
        space = place.removeprefix("namespace ")
        inside = {"IP": "10.0.0.4", "Namespace": space, "Labels": {}, "NamespaceLabels": named(space)}
        others.append(inside if space != place else {"IP": place})
    own = {(p["containerPort"], p.get("name", "")) for one in (pod, was) for c in containers(one) for p in c.get("ports", [])}
    far = {p["port"] for one in concerned for rule in one["spec"].get("egress") or [] for p in rule.get("ports") or []}
    asked = []
    for other in others:
        for port, name in own | {(65000, "")}:
            asked.append({"From": other, "To": me, "Port": port, "PortName": name, "Protocol": "TCP"})
        for port in {p for p in far if isinstance(p, int)} | {65000, 443}:
            protocol = "UDP" if port == 53 else "TCP"
            asked.append({"From": me, "To": other, "Port": port, "PortName": "", "Protocol": protocol})
    return asked


def named(space: str) -> dict:
    return {"kubernetes.io/metadata.name": space}


def containers(pod: dict) -> list[dict]:
    return [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]


def compare(evaluator: str, foretold: dict, before: list[dict], after: list[dict], seen: Counter) -> list[str]:
    """Each difference between what was foretold of policies and what the evaluator says, in words."""
    wrong = []
    told = {one["name"]: one for one in foretold["changes"] if one["kind"] == "NetworkPolicy"}
    effects = {
        name: {e["effect"] for e in one["effects"]} | {e["effect"] for f in one["fields"] for e in f["effects"]}
        for name, one in told.items()
    }
    staying = [one for one in before if one["metadata"]["name"] in told and "stays" in effects[one["metadata"]["name"]]]
    after = [*after, *(one for one in staying if one["kind"] == "NetworkPolicy")]
    # What the pods of each policy lost and gained, and by policy whether any did.
    losing, gaining = set(), set()
    new_pods = [template(one) for one in after if template(one) and not same(one, before)]
    gone_pods = [template(one) for one in before if template(one) and not same(one, after)]
    for old in before:
        new = same(old, after)
        if not new or not template(old) or old["kind"] == "Job":
            continue
        sides = [policies(objects, template(one)["metadata"]["labels"]) for one, objects in ((old, before), (new, after))]
        about = {one["metadata"]["name"] for side in sides for one in side} & set(told)
        if sides[0] == sides[1]:
            continue
        asked = probes(template(new), template(old), [*before, *after], [*sides[0], *sides[1]])
        questions = "\n".join(json.dumps({"Policies": side, "Traffic": asked}) for side in sides)
        done = subprocess.run([evaluator], input=questions, capture_output=True, text=True, check=True)
        was, now = map(json.loads, done.stdout.splitlines())
        # DNS for anybody is not called more than DNS for everybody but the metadata service.
        pairs = [(a, b, q) for a, b, q in zip(was, now, asked) if q["Port"] != 53]
        # A pod that comes or goes with this change is neither found nor missed by the others.
        lost = [q for a, b, q in pairs if a and not b and not concerns(q, gone_pods)]
        gained = [q for a, b, q in pairs if b and not a and not concerns(q, new_pods)]
        said = set().union(set(), *(effects[name] for name in about))
        seen["pods compared"] += 1
        seen["pods that lost something"] += bool(lost)
        seen["pods that gained something"] += bool(gained)
        losing |= about if lost else set()
        gaining |= about if gained else set()
        title = f"{old['kind']} {old['metadata']['name']}"
        if lost and not said & LESS:
            wrong.append(f"{title}: foretold {sorted(said)}, lost {lost[:2]}")
        if gained and "weaker-security" not in said:
            wrong.append(f"{title}: foretold {sorted(said)}, gained {gained[:2]}")
    for name in told:
        if effects[name] & LESS and name not in losing and compared(name, before, after, gone_pods):
            wrong.append(f"NetworkPolicy {name}: foretold {sorted(effects[name])}, no pod lost anything")
        if "weaker-security" in effects[name] and name not in gaining and compared(name, before, after, new_pods):
            wrong.append(f"NetworkPolicy {name}: foretold {sorted(effects[name])}, no pod gained anything")
    return wrong


def same(one: dict, objects: list[dict]) -> dict | None:
    """The object of the same kind and name."""
    named_so = (o for o in objects if o["kind"] == one["kind"] and o["metadata"]["name"] == one["metadata"]["name"])
    return next(named_so, None)


def concerns(question: dict, pods: list[dict]) -> bool:
    """Whether one side of the question is a pod like one of these."""
    labels = [pod["metadata"]["labels"] for pod in pods]
    return any(question[side].get("Labels") in labels for side in ("From", "To"))


def compared(name: str, before: list[dict], after: list[dict], changed: list[dict]) -> bool:
    """Whether the policy selects pods that stay, and none of those that come or go: of these nothing was asked here."""
    rows = [one for one in [*before, *after] if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == name]
    stay = [template(one) for one in before if template(one) and one["kind"] != "Job" and same(one, after)]
    selected = lambda pods: any(selects(policy, pod["metadata"]["labels"]) for policy in rows for pod in pods)  # noqa: E731
    return selected(stay) and not selected(changed)


def main() -> int:
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--pykube", required=True, type=lambda path: str(Path(path).resolve()))
    about.add_argument("--evaluator", required=True, type=lambda path: str(Path(path).resolve()))
    about.add_argument("--number", type=int, default=100)
    about.add_argument("--seed", type=int, default=2026)
    args = about.parse_args()
    schema = Schema(subprocess.run([args.pykube, "schema"], capture_output=True, text=True, check=True).stdout)
    files = sorted([*ROOT.glob("examples/*/app.toml"), *ROOT.glob("tests/apps/*/app.toml")])
    documents = [tomllib.loads(file.read_text()) for file in files]
    # Only what a policy can be made of: other edits change none.
    about_policies = ("security", "expose", "monitoring", "services", "workers")
    seen, ran, mismatches, turn = Counter(), 0, 0, 0
    while ran < args.number and turn < args.number * 4:
        dice = Dice(schema, documents, f"{args.seed}-{turn}", about_policies)
        app = Folder(args.pykube, documents[turn % len(documents)])
        turn += 1
        app.write(app.document)
        before = app.objects()
        for _ in range(8 if before else 0):
            words, foretold, document = draw(dice, app)
            if not foretold or ran >= args.number:
                break
            app.document = document
            after = app.objects()
            wrong = compare(args.evaluator, foretold, before, after, seen)
            before = after
            ran += 1
            if wrong:
                mismatches += 1
                print(f"MISMATCH (seed {args.seed}-{turn - 1}): {words}\n    " + "\n    ".join(wrong), flush=True)
        shutil.rmtree(app.folder, ignore_errors=True)
    print("; ".join(f"{count} {what}" for what, count in sorted(seen.items())))
    print(f"{ran} edits, {mismatches} with a mismatch; seed {args.seed}")
    return 1 if mismatches or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
