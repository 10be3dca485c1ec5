"""Buildah with a storage of its own: the machine's images stay as they are."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


class Failure(Exception):
    """What a person should read; the message says it all."""


def run(command: list[str], *, timeout: int, env: dict[str, str] | None = None) -> str:
    """Run a command and return what it printed; tell its output only when it fails."""
    try:
        done = subprocess.run(command, env=env, timeout=timeout, text=True, capture_output=True)
    except subprocess.TimeoutExpired as expired:
        raise Failure(f"`{' '.join(command)}` took longer than {timeout} s") from expired
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
        raise Failure(f"`{' '.join(command)}` exited with {done.returncode}:\n{tail}")
    return done.stdout


class Buildah:
    """The commands that the test needs, on a storage below `work`."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.temporary = work / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        # Cache mounts are kept below TMPDIR, so pip and uv download once for all examples.
        self.env = os.environ | {"TMPDIR": str(self.temporary)}
        # A checkout may lie on a file system that overlays cannot be made on; copies always work.
        self.driver = "overlay"
        try:
            with self.container("scratch"):
                pass
        except Failure:
            self.driver = "vfs"

    def __call__(self, *arguments: str, timeout: int = 120) -> str:
        storage = self.work / self.driver
        options = ["--root", f"{storage}/root", "--runroot", f"{storage}/run", "--storage-driver", self.driver]
        return run(["buildah", *options, *arguments], timeout=timeout, env=self.env).strip()

    @contextlib.contextmanager
    def container(self, image: str) -> Iterator[tuple[str, Path]]:
        """A working container from an image and the folder of its files; removed afterwards."""
        name = self("from", "--pull-never", image) if image != "scratch" else self("from", "scratch")
        try:
            yield name, Path(self("mount", name))
        finally:
            self("rm", name)

    def has(self, image: str, recipe: str) -> bool:
        """Whether the image is there and was made by this recipe."""
        try:
            return self.config(image).get("Labels", {}).get("recipe") == recipe
        except Failure:
            return False

    def config(self, image: str) -> dict:
        """The OCI configuration: Cmd, Entrypoint, Env, User, WorkingDir, Labels."""
        return json.loads(self("inspect", "--type", "image", image))["OCIv1"]["config"]


def say(text: str) -> None:
    """Tell what is going on, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
