"""The folders that are built: an example with the routes to measure, under each Dockerfile, before and after a change."""

import json
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
FILES = ("pykube", "article", "plain")
CHANGES = ("none", "line", "dependency")
# A small package in pure Python that no example has.
NEW_PACKAGE = "iniconfig==2.1.0"
NEW_PACKAGE_HASH = "sha256:9deba5723312380e77435581c6bf4935c94cbfab9b1ed33ef8d238ea168eb760"

# The article's command fits WSGI; for FastAPI it starts the server that the project has locked.
COMMANDS = {
    "flask": {
        "article": ["gunicorn", "--bind", "0.0.0.0:8000", "measured:app"],
        # Flask's page on gunicorn starts four workers.
        "plain": ["gunicorn", "-w", "4", "-b", "0.0.0.0:8000", "measured:app"],
    },
    "django": {
        "article": ["gunicorn", "--bind", "0.0.0.0:8000", "measured:application"],
        # Django's page on gunicorn names no option; the address lets the container be reached.
        "plain": ["gunicorn", "--bind", "0.0.0.0:8000", "measured:application"],
    },
    "fastapi": {
        "article": ["uvicorn", "--host", "0.0.0.0", "--port", "8000", "measured:app"],
        "plain": ["uvicorn", "--host", "0.0.0.0", "--port", "8000", "measured:app"],
    },
}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a program and give its output; its complaint is the error."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def image(work: Path, example: str, file: str) -> Path:
    """Where the image of a Dockerfile is, as an OCI layout."""
    return work / f"{example}-{file}"


def make(work: Path, pykube: Path, example: str, file: str, change: str) -> Path:
    """Make one context and give its folder."""
    folder = work / "contexts" / f"{example}-{file}-{change}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    shutil.copyfile(HERE / "routes" / f"{example}.py", folder / "measured.py")
    uses_uv = (folder / "uv.lock").exists()
    if change == "line":
        with (folder / "measured.py").open("a") as module:
            module.write("\nCHANGED = True\n")
    if change == "dependency":
        add_dependency(folder, uses_uv)
    if file == "pykube":
        config = folder / "app.toml"
        attribute = "application" if example == "django" else "app"
        config.write_text(re.sub(r'(?m)^entrypoint = .*$', f'entrypoint = "measured:{attribute}"', config.read_text()))
        run(pykube, "render", "--force", "--quiet", folder)
        return folder
    # gunicorn reads this file wherever it is started.
    (folder / "gunicorn.conf.py").unlink(missing_ok=True)
    # Neither document writes an ignore file of its own; what pykube's leaves out is left out alike.
    if uses_uv and file == "article":
        run("uv", "export", "--quiet", "--no-dev", "--no-hashes", "--output-file", "requirements.txt", cwd=folder)
    name = file if file == "article" else "plain-uv" if uses_uv else "plain-pip"
    command = json.dumps(COMMANDS[example][file])[1:-1]
    steps = 'ENV SECRET_KEY=build-only-dummy\nRUN python manage.py collectstatic --noinput\nCMD ['
    text = (HERE / "dockerfiles" / name).read_text()
    if example == "django":
        text = text.replace("CMD [", steps)
    (folder / "Dockerfile").write_text(text.replace("@COMMAND@", command))
    return folder


def add_dependency(folder: Path, uses_uv: bool) -> None:
    """Add one small package to what is locked."""
    if uses_uv:
        run("uv", "add", "--quiet", "--no-sync", NEW_PACKAGE, cwd=folder)
    else:
        with (folder / "requirements.txt").open("a") as lock:
            lock.write(f"{NEW_PACKAGE} --hash={NEW_PACKAGE_HASH}\n")
