"""Build times and sizes, by BuildKit."""

import json
import os
import shutil
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


def build(context: Path, layout: Path, name: str) -> dict[str, float]:
    """Seconds that one build takes, its compressed layers included, on the wall and of CPU."""
    shutil.rmtree(layout, ignore_errors=True)
    begin, used = time.monotonic(), cpu_seconds()
    buildctl(
        "build", "--frontend", "dockerfile.v0", "--local", f"context={context}", "--local", f"dockerfile={context}",
        "--output", f"type=oci,tar=false,dest={layout}",
    )
    return {name: round(time.monotonic() - begin, 2), f"{name} CPU s": round(cpu_seconds() - used, 2)}


def measure(work: Path, pykube: Path, example: str, file: str) -> dict[str, float]:
    """The three builds of one Dockerfile, the first with an empty cache."""
    folders = {change: contexts.make(work, pykube, example, file, change) for change in contexts.CHANGES}
    layout, again = contexts.image(work, example, file), work / "again"
    buildctl("prune", "--all")
    result = build(folders["none"], layout, "cold")
    result["megabytes"] = round(size(layout) / 1e6, 2)
    result |= build(folders["line"], again, "after a line")
    result |= build(folders["dependency"], again, "after a dependency")
    shutil.rmtree(again)
    return result


def size(layout: Path) -> int:
    """Bytes of the layers as a registry stores them."""
    index = json.loads((layout / "index.json").read_text())
    manifest = layout / "blobs" / index["manifests"][0]["digest"].replace(":", "/")
    return sum(layer["size"] for layer in json.loads(manifest.read_text())["layers"])
