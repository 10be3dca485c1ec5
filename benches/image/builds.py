"""Build times and sizes, by BuildKit."""

import json
import subprocess
import tarfile
import time
from pathlib import Path

import contexts


def buildctl(*arguments: str) -> None:
    contexts.run("buildctl", *arguments)


def build(context: Path, archive: Path) -> float:
    """Seconds that one build takes, its archive included."""
    begin = time.monotonic()
    buildctl(
        "build", "--frontend", "dockerfile.v0", "--local", f"context={context}", "--local", f"dockerfile={context}",
        "--output", f"type=oci,dest={archive}",
    )
    return time.monotonic() - begin


def measure(work: Path, pykube: Path, example: str, file: str) -> dict[str, float]:
    """The three builds of one Dockerfile, the first without anything in the cache but nothing."""
    folders = {change: contexts.make(work, pykube, example, file, change) for change in contexts.CHANGES}
    archive = work / f"{example}-{file}.tar"
    buildctl("prune", "--all")
    result = {"cold": build(folders["none"], archive)}
    result["megabytes"] = round(size(archive) / 1e6, 2)
    again = work / "again.tar"
    result["after a line"] = build(folders["line"], again)
    result["after a dependency"] = build(folders["dependency"], again)
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
