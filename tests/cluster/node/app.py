"""An example in a folder of its own: its app.toml edited, rendered, committed, released; and what is in the cluster then."""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

# Made by controllers, or by hand: data and Secrets are never taken away.
NOT_RELEASED = {"ControllerRevision", "EndpointSlice", "Lease", "PersistentVolumeClaim", "Pod", "ReplicaSet", "Secret"}


class Toml:
    """The text of an app.toml, section by section."""

    def __init__(self, text: str) -> None:
        parts = re.split(r"^\[([^]\n]+)\]\n", text, flags=re.M)
        self.sections = dict(zip(parts[1::2], parts[2::2], strict=True))

    def text(self) -> str:
        return "\n".join(f"[{name}]\n{body.strip()}\n" for name, body in self.sections.items())

    def set(self, section: str, key: str, value: str) -> None:
        body = self.sections.get(section, "")
        line = f"{key} = {value}"
        pattern = rf"^{re.escape(key)} = .*$"
        found = re.search(pattern, body, re.M)
        self.sections[section] = re.sub(pattern, lambda _: line, body, flags=re.M) if found else f"{body.rstrip()}\n{line}"

    def replace(self, section: str, body: str | None) -> None:
        """Gives a section another content; None takes it and those below it away."""
        for name in list(self.sections):
            if name == section or name.startswith(f"{section}."):
                del self.sections[name]
        if body is not None:
            self.sections[section] = body


class App:
    """One example on the node."""

    def __init__(self, example: Path, folder: Path, pykube: Path) -> None:
        self.example, self.folder, self.pykube = example.name, folder, pykube
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(example, folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.toml = Toml((folder / "app.toml").read_text())
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        self.environment |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        self.is_rolled_back = False
        self.git("init", "--quiet", "--initial-branch=main")

    @property
    def name(self) -> str:
        return re.search(r'^name = "(.*)"', self.toml.sections["app"], re.M)[1]

    @property
    def namespace(self) -> str:
        return re.search(r'^namespace = .*name = "([^"]*)"', self.toml.sections["app"], re.M)[1]

    @property
    def repository(self) -> str:
        return re.search(r'^repository = "(.*)"', self.toml.sections["image"], re.M)[1]

    @property
    def host(self) -> str:
        found = re.search(r'^host = "(.*)"', self.toml.sections.get("expose", ""), re.M)
        return found[1] if found else self.name

    def run(self, *words: str, send: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(words, input=send, capture_output=True, text=True, cwd=self.folder, env=self.environment, timeout=1800)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        return self.run("git", *who, *words).stdout.strip()

    def render(self, note: str) -> None:
        """Renders what app.toml asks for now, and commits it."""
        (self.folder / "app.toml").write_text(self.toml.text())
        self.run(str(self.pykube), "render", "--force", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", note)

    def release_words(self, *arguments: str) -> list[str]:
        return ["python3", "k8s/release.py", *arguments]

    def release(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of the rendered release."""
        done = self.run(*self.release_words(*arguments), check=False)
        self.is_rolled_back = arguments[:1] == ("rollback",)
        return done.returncode, done.stdout + done.stderr

    # ------------------------------------------------------------- cluster

    def objects(self, *words: str) -> list[dict]:
        return json.loads(self.run("kubectl", "get", "--namespace", self.namespace, "--output=json", *words).stdout)["items"]

    def service(self) -> tuple[str, int]:
        """Address and port of the Service of the web pods."""
        service = json.loads(self.run("kubectl", "get", "service", f"{self.name}-web", "-n", self.namespace, "-o", "json").stdout)
        return service["spec"]["clusterIP"], service["spec"]["ports"][0]["port"]

    def wanted(self, image: str | None = None) -> list[dict]:
        """The rendered objects, as the API server would have them after the same field manager applied them again."""
        text = self.run("kubectl", "kustomize", "k8s").stdout
        if image:
            text = re.sub(rf"^( *-? ?image:) {re.escape(self.repository)}[:@].*$", rf"\1 {image}", text, flags=re.M)
        words = ["kubectl", "apply", "--server-side", "--force-conflicts", "--field-manager=pykube", "--dry-run=server"]
        found = json.loads(self.run(*words, "--output=json", "--filename=-", send=text).stdout)
        return found["items"] if "items" in found else [found]

    def difference(self, image: str | None = None) -> list[str]:
        """What the cluster has otherwise than app.toml asks for."""
        kinds = self.run("kubectl", "api-resources", "--namespaced", "--verbs=list", "--output=name").stdout.split()
        kinds = [kind for kind in kinds if not kind.startswith(("events", "pods.metrics", "endpoints"))]
        there = {f"{one['kind']}/{one['metadata']['name']}": one for one in self.objects(",".join(kinds))}
        read = json.dumps([one["spec"] for one in there.values() if one["kind"] in ("ReplicaSet", "Pod")])
        differences, asked = [], set()
        for one in self.wanted(image):
            name = f"{one['kind']}/{one['metadata']['name']}"
            asked.add(name)
            # What runs once a release does not run again for a rollback.
            if one["kind"] == "Namespace" or (one["kind"] == "Job" and self.is_rolled_back):
                continue
            if name not in there:
                differences.append(f"{name} is missing")
            elif compared(one) != compared(there[name]):
                differences.append(f"{name} is otherwise: {first_difference(compared(one), compared(there[name]))}")
        for name, one in there.items():
            labels = one["metadata"].get("labels") or {}
            ours = labels.get("app.kubernetes.io/part-of") or labels.get("app.kubernetes.io/name")
            is_record = labels.get("app.kubernetes.io/component") == "release"
            owned = one["metadata"].get("ownerReferences")
            is_needed = one["kind"] == "ConfigMap" and one["metadata"]["name"] in read
            if ours and not (name in asked or is_record or owned or is_needed or one["kind"] in NOT_RELEASED):
                differences.append(f"{name} is not asked for")
        for one in there.values():
            if one["kind"] in ("Deployment", "StatefulSet"):
                status, wish = one.get("status", {}), one["spec"]["replicas"]
                for word in ("replicas", "readyReplicas", "updatedReplicas"):
                    if status.get(word, 0) != wish:
                        differences.append(f"{one['metadata']['name']}: {word} {status.get(word, 0)} of {wish}")
        return differences

    def settled(self, image: str | None = None, seconds: float = 60) -> list[str]:
        """The difference, once it is empty or the time is over: controllers may still be at it."""
        until = time.monotonic() + seconds
        while (found := self.difference(image)) and time.monotonic() < until:
            time.sleep(2)
        return found


def compared(thing: dict) -> dict:
    """An object without what nobody asks for."""
    meta = thing["metadata"]
    kept = {key: meta.get(key) for key in ("name", "labels", "annotations")}
    kept["annotations"] = {k: v for k, v in (kept["annotations"] or {}).items() if not k.startswith("deployment.kubernetes.io/")}
    rest = {key: value for key, value in thing.items() if key not in ("metadata", "status")}
    return {"metadata": kept, **rest}


def first_difference(wish: object, found: object, path: str = "") -> str:
    if isinstance(wish, dict) and isinstance(found, dict):
        for key in sorted({*wish, *found}):
            if wish.get(key) != found.get(key):
                return first_difference(wish.get(key), found.get(key), f"{path}.{key}")
    if isinstance(wish, list) and isinstance(found, list) and len(wish) == len(found):
        for number, (one, other) in enumerate(zip(wish, found, strict=True)):
            if one != other:
                return first_difference(one, other, f"{path}[{number}]")
    return f"{path} is {str(found)[:80]}, asked for is {str(wish)[:80]}"

