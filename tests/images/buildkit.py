"""BuildKit, with which users' builders build, on a storage of its own; the images that a Dockerfile names are given to it."""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from buildah import Buildah, Failure, run, say


@contextlib.contextmanager
def builder(work: Path) -> Iterator[str]:
    """A running builder that keeps its cache below `work`; its address."""
    # The path of a socket is short, that of a checkout need not be.
    with tempfile.TemporaryDirectory() as folder, (work / "buildkitd.log").open("w") as log:
        address = f"unix://{folder}/buildkitd.sock"
        workers = ["--containerd-worker=false", "--oci-worker=true", "--oci-worker-net=host"]
        command = ["buildkitd", f"--root={work}/buildkit", f"--addr={address}", *workers]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            await_answer(address, process, work / "buildkitd.log")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=60)


def await_answer(address: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until the builder takes orders."""
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(Failure):
            run(["buildctl", f"--addr={address}", "debug", "workers"], timeout=30)
            return
        time.sleep(0.1)
    raise Failure("BuildKit does not start:\n" + "\n".join(log.read_text().splitlines()[-20:]))


def build(buildah: Buildah, context: str, references: list[str], layout: Path, secrets: list[str] | None = None) -> None:
    """Build the Dockerfile of `context` into the OCI layout `layout`; `references` are the images of others that it names."""
    work = buildah.work
    options = [f"--local={name}={context}" for name in ("context", "dockerfile")]
    for number, reference in enumerate(references):
        given = work / "given" / str(number)
        shutil.rmtree(given, ignore_errors=True)
        given.parent.mkdir(exist_ok=True)
        buildah("push", reference, f"oci:{given}", timeout=300)
        digest = json.loads((given / "index.json").read_text())["manifests"][0]["digest"]
        options += [f"--oci-layout=given{number}={given}", f"--opt=context:{familiar(reference)}=oci-layout://given{number}@{digest}"]
    options += [f"--secret={secret}" for secret in secrets or []]
    shutil.rmtree(layout, ignore_errors=True)
    say(f"  building {context} by BuildKit")
    with builder(work) as address:
        output = f"--output=type=oci,tar=false,dest={layout}"
        run(["buildctl", f"--addr={address}", "build", "--frontend=dockerfile.v0", *options, output], timeout=900)


def familiar(reference: str) -> str:
    """A reference as BuildKit looks it up: without what Docker adds by itself."""
    return reference.removeprefix("docker.io/").removeprefix("library/")
