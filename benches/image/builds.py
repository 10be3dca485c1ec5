"""Build times and sizes, by BuildKit."""

import json
import os
import subprocess
import tarfile
import time
from pathlib import Path

import contexts


def buildctl(*arguments: str) -> None:
    contexts.run("buildctl", *arguments)


def cpu_seconds() -> float:
    """CPU time of the builder and of all that it has run, by BUILDKITD_PID; 0 without."""
    if not (pid := os.environ.get("BUILDKITD_PID")):
        return 0
    fields = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def build(context: Path, archive: Path, name: str) -> dict[str, float]:
    """Seconds that one build takes, its archive included, on the wall and of CPU."""
    begin, used = time.monotonic(), cpu_seconds()
    buildctl(
        "build", "--frontend", "dockerfile.v0", "--local", f"context={context}", "--local", f"dockerfile={context}",
        "--output", f"type=oci,dest={archive}",
    )
    return {name: round(time.monotonic() - begin, 2), f"{name} CPU s": round(cpu_seconds() - used, 2)}


def measure(work: Path, pykube: Path, example: str, file: str) -> dict[str, float]:
    """The three builds of one Dockerfile, the first with an empty cache."""
    folders = {change: contexts.make(work, pykube, example, file, change) for change in contexts.CHANGES}
    archive = work / f"{example}-{file}.tar"
    buildctl("prune", "--all")
    result = build(folders["none"], archive, "cold")
    result["megabytes"] = round(size(archive) / 1e6, 2)
    again = work / "again.tar"
    result |= build(folders["line"], again, "after a line")
    result |= build(folders["dependency"], again, "after a dependency")
    again.unlink()
    return result


def blob(archive: tarfile.TarFile, digest: str) -> bytes:
    member = archive.extractfile(f"blobs/{digest.replace(':', '/')}")
    assert member is not None
    return member.read()


def manifest(archive: tarfile.TarFile) -> dict:
    index = archive.extractfile("index.json")
    assert index is not None
    return json.loads(blob(archive, json.load(index)["manifests"][0]["digest"]))


def size(path: Path) -> int:
    """Bytes of the layers as a registry stores them."""
    with tarfile.open(path) as archive:
        return sum(layer["size"] for layer in manifest(archive)["layers"])


def unpack(path: Path, root: Path) -> dict:
    """Unpack the layers of an image; gives its configuration."""
    root.mkdir(parents=True)
    with tarfile.open(path) as archive:
        found = manifest(archive)
        for layer in found["layers"]:
            subprocess.run(
                ["tar", "-xz", "--numeric-owner", "-C", str(root)], input=blob(archive, layer["digest"]), check=True
            )
            for whiteout in root.rglob(".wh.*"):
                (whiteout.parent / whiteout.name.removeprefix(".wh.")).unlink(missing_ok=True)
                whiteout.unlink()
        return json.loads(blob(archive, found["config"]["digest"]))["config"]
