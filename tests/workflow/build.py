"""Builds for tests/workflow.rs what docker/build-push-action would: `build.py WORK CONTEXT PUSH TAG…` prints the digest.

By BuildKit; a push goes to the registry of the node, which stands for all registries.
"""

import contextlib
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "images"))
import build  # noqa: E402
from buildah import Buildah, Failure, run  # noqa: E402


def main(work: Path, context: Path, is_pushed: bool, tags: list[str]) -> None:
    layout = work / "workflow.oci"
    with contextlib.redirect_stdout(sys.stderr):
        build.from_dockerfile(Buildah(work), context.resolve(), layout)
    for tag in tags if is_pushed else []:
        name = tag.partition("/")[2]
        run(["crane", "push", "--insecure", str(layout), f"127.0.0.1:5000/{name}"], timeout=120)
    print(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
    shutil.rmtree(layout)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "true", sys.argv[4:])
    except Failure as failure:
        sys.exit(f"error: {failure}")
