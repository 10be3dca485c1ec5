"""Builds one project's generated Dockerfile and looks into the image: `manager.py WORK PLAN`."""

import base64
import contextlib
import functools
import http.server
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import build
from buildah import Buildah, Failure, run, say

NAME, PASSWORD = "reader", "a-password-of-the-test"
SHOWN = "import importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in ('flask', 'gunicorn')))"


class Index(http.server.SimpleHTTPRequestHandler):
    """The simple API (PEP 503) for those who have the password."""

    served = 0

    def do_GET(self) -> None:
        """Serve a folder or a file, or ask for the password."""
        wanted = "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        Index.served += 1
        super().do_GET()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def index(work: Path, plan: dict) -> Iterator[list[str]]:
    """A private index with the packages of the lock file; the secrets of the build that hold its credentials."""
    if plan["index"] is None:
        yield []
        return
    root = work / "index"
    shutil.rmtree(root, ignore_errors=True)
    wheels = root / "wheels"
    lock = Path(plan["context"]) / "requirements.txt"
    options = ["--only-binary=:all:", "--python-version=3.13", "--require-hashes", "--no-deps", "--quiet"]
    run([sys.executable, "-m", "pip", "download", *options, "--dest", str(wheels), "--requirement", str(lock)], timeout=300)
    for wheel in wheels.iterdir():
        project = wheel.name.split("-")[0].replace("_", "-").lower()
        folder = root / "simple" / project
        folder.mkdir(parents=True, exist_ok=True)
        wheel.rename(folder / wheel.name)
    netrc = work / "netrc"
    netrc.write_text(f"machine localhost login {NAME} password {PASSWORD}\n")
    netrc.chmod(0o600)
    handler = functools.partial(Index, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", plan["index"]["port"]), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield [f"id={plan['index']['secret']},src={netrc}"]
    finally:
        server.shutdown()
        netrc.unlink()
    if not Index.served:
        raise Failure("nothing was asked of the private index")


def holds_password(buildah: Buildah, tag: str, root: Path) -> str | None:
    """Where the password is found: in a file of the image or in what is known about it."""
    if PASSWORD in buildah("inspect", "--type", "image", tag):
        return "the image's configuration or history"
    for folder in ("app", "opt", "root", "tmp", "etc"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and not path.is_symlink() and PASSWORD.encode() in path.read_bytes():
                return str(path)
    return None


def main(work: Path, plan: dict) -> None:
    buildah = Buildah(work)
    with index(work, plan) as secrets:
        build.make(buildah, plan, secrets)
    config = buildah.config(plan["tag"])
    with buildah.container(plan["tag"]) as (name, root):
        shell = ["run", "--isolation", "chroot", name, "--"]
        installed = buildah(*shell, "python", "-c", SHOWN)
        if installed != plan["locked"]:
            raise Failure(f"the image has {installed}, the lock file {plan['locked']}")
        # The server reads its configuration, imports the application, and ends.
        buildah(*shell, *config["Cmd"], "--check-config")
        say(f"  {installed}; {buildah(*shell, 'python', '--version').splitlines()[0]}; user {config['User']}")
        place = holds_password(buildah, plan["tag"], root)
        if place:
            raise Failure(f"the password of the index is in {place}")
    buildah("rmi", plan["tag"])


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
    except Failure as failure:
        sys.exit(f"error: {failure}")
