"""Images with the names that a Dockerfile refers to, made from Debian and PyPI packages.

No registry of images is asked: the test needs package registries only. What the stand-ins have in
common with the real images is what a Dockerfile relies on: name, Python version, paths.
"""

import hashlib
import os
import shutil
from pathlib import Path

from buildah import Buildah, Failure, run, say

DEBIAN_PACKAGES = ["ca-certificates", "python3", "python3-pip", "python3-venv"]
PYPY_PACKAGES = ["ca-certificates", "pypy3", "pypy3-venv"]
BUNDLE = "etc/ssl/certs/ca-certificates.crt"

# The machine's own certificate authorities, for a machine behind a proxy that has one.
CONFIGURATION = {
    "etc/pip.conf": f"[global]\ncert = /{BUNDLE}\n",
    "etc/uv/uv.toml": "system-certs = true\n",
}


def recipe(*parts: str) -> str:
    """A short name for how an image is made: another recipe makes another image."""
    source = Path(__file__).read_text()
    return hashlib.sha256("\n".join([source, *parts]).encode()).hexdigest()[:16]


def make(buildah: Buildah, image: dict) -> None:
    """Make one image of the plan unless it is there."""
    reference, kind = image["reference"], image["kind"]
    made_by = recipe(reference)
    if buildah.has(reference, made_by):
        return
    say(f"  making a stand-in for {reference}")
    if kind in ("python", "pypy"):
        python(buildah, image, made_by)
    elif kind == "uv":
        uv(buildah, image, made_by)
    else:
        raise Failure(f"there is no stand-in for the image `{reference}`")


def python(buildah: Buildah, image: dict, made_by: str) -> None:
    """Debian's own Python, where the official image has its Python."""
    version, release = image["version"], image["release"]
    pypy = image["kind"] == "pypy"
    archive = buildah.temporary / "base.tar"
    include = f"--include={','.join(PYPY_PACKAGES if pypy else DEBIAN_PACKAGES)}"
    run(["mmdebstrap", "--quiet", "--variant=minbase", include, release, str(archive)], timeout=300, env=buildah.env)
    with buildah.container("scratch") as (name, root):
        buildah("add", "--quiet", name, str(archive), "/")
        archive.unlink()
        interpreter = "usr/bin/pypy3" if pypy else f"usr/bin/python{version}"
        if not (root / interpreter).exists():
            found = sorted(path.name for path in (root / "usr/bin").glob("python3.*"))
            raise Failure(f"`{image['reference']}` asks for Python {version}; Debian {release} has {', '.join(found)}")
        for link in ("python", "python3", f"python{version}"):
            (root / "usr/local/bin" / link).symlink_to(f"/{interpreter}")
        if not pypy:
            for link in ("pip", "pip3"):
                (root / "usr/local/bin" / link).symlink_to("/usr/bin/pip3")
            (root / f"usr/lib/python{version}/EXTERNALLY-MANAGED").unlink()
        trust(root)
        path = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        # Poetry reads no file that says whom to believe.
        trusted = f"REQUESTS_CA_BUNDLE=/{BUNDLE}"
        buildah("config", "--env", f"PATH={path}", "--env", trusted, "--cmd", '["python3"]', "--label", f"recipe={made_by}", name)
        buildah("commit", "--quiet", name, image["reference"], timeout=300)


def trust(root: Path) -> None:
    """Make pip and uv believe whom this machine believes."""
    bundle = Path(os.environ.get("SSL_CERT_FILE", f"/{BUNDLE}"))
    if bundle.exists():
        shutil.copyfile(bundle, root / BUNDLE)
    for path, text in CONFIGURATION.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def uv(buildah: Buildah, image: dict, made_by: str) -> None:
    """An image with nothing but the `uv` and `uvx` of the wheel of that version."""
    with buildah.container(image["python"]) as (fetcher, files):
        pip = ["pip", "install", "--quiet", "--no-deps", "--target", "/wheel", f"uv=={image['version']}"]
        buildah("run", "--isolation", "chroot", fetcher, "--", *pip, timeout=300)
        with buildah.container("scratch") as (name, _):
            for tool in ("uv", "uvx"):
                buildah("copy", "--quiet", "--chmod", "755", name, str(files / "wheel/bin" / tool), f"/{tool}")
            buildah("config", "--entrypoint", '["/uv"]', "--label", f"recipe={made_by}", name)
            buildah("commit", "--quiet", name, image["reference"])
