"""Builds one example's generated Dockerfile: `build.py WORK PLAN`."""

import json
import re
import shutil
import sys
from pathlib import Path

import buildkit
import stand_in
from buildah import Buildah, Failure


def main(work: Path, plan: dict) -> None:
    buildah = Buildah(work)
    buildah("rm", "--all")  # what a killed run has left
    make(buildah, plan)
    buildah("rmi", "--prune")  # what had the tag before


def make(buildah: Buildah, plan: dict, secrets: list[str] | None = None) -> None:
    """Build the image of a plan, to be run and looked into as `plan["tag"]`."""
    for image in plan["images"]:
        stand_in.make(buildah, image)
    layout = buildah.work / "built"
    buildkit.build(buildah, plan["context"], [image["reference"] for image in plan["images"]], layout, secrets)
    buildah("tag", buildah("pull", "--quiet", f"oci:{layout}", timeout=300), plan["tag"])
    shutil.rmtree(layout)


def from_dockerfile(buildah: Buildah, context: Path, layout: Path) -> None:
    """Build `context` into an OCI layout, with a stand-in for each image that its Dockerfile names."""
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (context / "Dockerfile").read_text(), re.M)
    ours = {stage for _, stage in stages}
    references = sorted({image for image, _ in stages if image not in ours}, key=lambda image: "/uv:" in image)
    for reference in references:
        stand_in.make(buildah, described(reference, references[0]))
    buildkit.build(buildah, str(context), references, layout)


def described(reference: str, python: str) -> dict:
    """What `stand_in.make` wants to know of an image."""
    tag = reference.rpartition(":")[2]
    if "/uv:" in reference:
        return {"reference": reference, "kind": "uv", "version": tag, "python": python}
    version, _, release = tag.partition("-slim-")
    return {"reference": reference, "kind": "python", "version": ".".join(version.split(".")[:2]), "release": release}


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
    except Failure as failure:
        sys.exit(f"error: {failure}")
