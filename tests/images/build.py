"""Builds one example's generated Dockerfile: `build.py WORK PLAN`."""

import json
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


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
    except Failure as failure:
        sys.exit(f"error: {failure}")
