"""Builds one example's generated Dockerfile: `build.py WORK PLAN`."""

import hashlib
import json
import sys
from pathlib import Path

import stand_in
from buildah import Buildah, Failure, say


def fingerprint(context: Path, images: list[dict]) -> str:
    """A short name for what the image is made of: other files make another image."""
    found = hashlib.sha256("".join(stand_in.recipe(image["reference"]) for image in images).encode())
    for path in sorted(path for path in context.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found.update(f"{path.relative_to(context)} {path.stat().st_mode} {len(content)} ".encode() + content)
    return found.hexdigest()[:16]


def main(work: Path, plan: dict) -> None:
    buildah = Buildah(work)
    buildah("rm", "--all")  # what a killed run has left
    for image in plan["images"]:
        stand_in.make(buildah, image)
    made_by = fingerprint(Path(plan["context"]), plan["images"])
    if buildah.has(plan["tag"], made_by):
        say(f"  {plan['tag']} is up to date")
        return
    say(f"  building {plan['tag']} ({buildah.driver})")
    # No cache of layers: Buildah 1.28 reuses a RUN although the files that it mounts have changed.
    # `--pull-never`: no registry is asked for an image that has no stand-in.
    options = ["--isolation", "chroot", "--pull-never", "--layers=false", "--label", f"recipe={made_by}"]
    buildah("build", *options, "--tag", plan["tag"], plan["context"], timeout=600)
    buildah("rmi", "--prune")  # what had the tag before


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
    except Failure as failure:
        sys.exit(f"error: {failure}")
