"""Images of the examples for the node: built once by the generated Dockerfile, then varied by a layer for each operation.

A copy of the example gets two more routes: `/slow` answers after a second with the release that the image calls itself, `/burn`
uses a tenth of a second of CPU.
"""

import io
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "images"))
import build  # noqa: E402
from buildah import Buildah, run, say  # noqa: E402

COMMON = """
import time as _time
from pathlib import Path as _Path


def _release():
    _time.sleep(1)
    return _Path("/app/release.txt").read_text()


def _burn():
    end = _time.thread_time() + 0.1
    while _time.thread_time() < end:
        pass
    return "burnt"
"""
DJANGO = """
from django.http import HttpResponse as _Response

urlpatterns += [
    path("slow", lambda _request: _Response(_release())),
    path("burn", lambda _request: _Response(_burn())),
]
"""
FLASK = """
blueprint.add_url_rule("/slow", "slow", _release)
blueprint.add_url_rule("/burn", "burn", _burn)
"""
FASTAPI = """
app.add_api_route("/slow", _release)
app.add_api_route("/burn", _burn)
"""
# The file that gets the routes, and the one without which a migration fails.
EDITS = {
    "django": ("config/urls.py", DJANGO, "manage.py"),
    "case-study": ("config/urls.py", DJANGO, "manage.py"),
    "flask": ("bookmarks/health.py", FLASK, "migrations/env.py"),
    "fastapi": ("app/main.py", FASTAPI, "migrations/env.py"),
}
CRASHES = "#!/bin/sh\necho 'this release cannot start' >&2\nexit 1\n"
FAILS = "raise SystemExit('this migration cannot run')\n"


def built(example: Path, work: Path) -> Path:
    """The image of a copy of an example that has the routes, as a folder that `crane push` reads."""
    work.mkdir(parents=True, exist_ok=True)
    copy, layout = work / "context" / example.name, work / f"{example.name}.oci"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(example, copy, ignore=shutil.ignore_patterns("k8s", "tests", "__pycache__"))
    file, routes, _ = EDITS[example.name]
    with (copy / file).open("a") as out:
        out.write(COMMON + routes)
    (copy / "release.txt").write_text("1")
    buildah = Buildah(work)
    build.from_dockerfile(buildah, copy, layout)
    return layout


def push(example: str, layout: Path, registry: str, repository: str) -> None:
    """The releases of an example, in the node's registry under the tags that the operations use."""
    image = f"{registry}/{repository}"
    run(["crane", "push", "--insecure", str(layout), f"{image}:base"], timeout=120)
    server = {f"opt/venv/bin/{name}": CRASHES for name in ("gunicorn", "uvicorn")}
    layers = {str(number): {"app/release.txt": f"{number}"} for number in range(1, 8)}
    layers["crashes"] = {"app/release.txt": "crashes", **server}
    layers["migration-fails"] = {"app/release.txt": "migration-fails", f"app/{EDITS[example][2]}": FAILS}
    for tag, files in layers.items():
        words = ["crane", "append", "--insecure", "--base", f"{image}:base", "--new_layer", "-", "--new_tag", f"{image}:{tag}"]
        subprocess.run(words, input=layer(files), check=True, capture_output=True, timeout=120)


def valkey(work: Path) -> Path:
    """The files of an image with Debian's Valkey."""
    archive = work / "valkey.tar"
    if not archive.exists():
        say("  making an image of Valkey")
        half = archive.with_suffix(".half")
        packages = "--include=valkey-server,valkey-tools"
        run(["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", packages, "trixie", str(half)], timeout=300)
        half.rename(archive)
    return archive


def push_valkey(registry: str, manifest: Path, work: Path) -> None:
    """Gives it the name that the rendered StatefulSet asks for."""
    _, _, name = re.search(r"image: (\S+)", manifest.read_text())[1].partition("/")
    run(["crane", "append", "--insecure", "--new_layer", str(valkey(work)), "--new_tag", f"{registry}/{name}"], timeout=300)


def layer(files: dict[str, str]) -> bytes:
    """A layer that holds these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


if __name__ == "__main__":
    # images.py WORK EXAMPLE…
    for folder in sys.argv[2:]:
        say(str(built(Path(folder), Path(sys.argv[1]))))
