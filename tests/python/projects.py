"""Fresh projects as their frameworks' own tools and tutorials make them, and the modules put into them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

from platform_services import free_port

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WORK = Path(os.environ.get("PYKUBE_TEST_FOLDER", ROOT / "target" / "python-tests"))
HOST = "shop.example.com"

# What every service does besides: a page, a failure whose trace is longer than a pipe takes at once, a slow page.
LONG = 6000


@dataclass(frozen=True)
class Cell:
    """One service of the matrix."""

    name: str
    framework: str
    interface: str
    # Name of the file with the pinned packages.
    packages: str
    # How the service reaches the database, where there is a choice.
    database: str = "sqlalchemy"
    # Whether `app.toml` gives the metrics a port of their own.
    metrics_port: bool = False

    def __str__(self) -> str:
        """Name it in the names of tests."""
        return self.name


CELLS = [
    Cell("django-6.1-wsgi", "django", "wsgi", "django-current"),
    Cell("django-6.1-asgi", "django", "asgi", "django-current", metrics_port=True),
    Cell("django-5.2-wsgi", "django", "wsgi", "django-previous", metrics_port=True),
    Cell("django-5.2-asgi", "django", "asgi", "django-previous"),
    Cell("flask-3.1", "flask", "wsgi", "flask-current"),
    Cell("flask-2.3", "flask", "wsgi", "flask-previous"),
    Cell("flask-3.1-psycopg", "flask", "wsgi", "flask-current", "psycopg", metrics_port=True),
    Cell("fastapi-0.165", "fastapi", "asgi", "fastapi-current"),
    Cell("fastapi-0.115", "fastapi", "asgi", "fastapi-previous"),
    Cell("fastapi-0.165-psycopg", "fastapi", "asgi", "fastapi-current", "psycopg", metrics_port=True),
]
MODULES = ["health", "metrics", "logging", "db-pool"]


def environment(packages: str) -> Path:
    """Make the virtual environment of pinned packages, once; return its folder of programs."""
    return environment_of(packages, [HERE / "requirements" / f"{packages}.txt"])


def environment_of(packages: str, files: list[Path]) -> Path:
    """Make the virtual environment of what the files pin, once; return its folder of programs."""
    pins = "".join(file.read_text() for file in files)
    folder = WORK / "environments" / packages
    stamp = folder / "pins"
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Several processes test at once, and want the same one.
    with (folder.parent / f"{packages}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == pins:
            return folder / "bin"
        uv = os.environ["PYKUBE_TEST_UV"]
        python = os.environ["PYKUBE_TEST_PYTHON"]
        shutil.rmtree(folder, ignore_errors=True)
        run([uv, "venv", "--quiet", "--no-config", "--python", python, str(folder)])
        install = [uv, "pip", "install", "--quiet", "--no-config", "--python", str(folder / "bin" / "python")]
        run([*install, *(f"--requirement={file}" for file in files)])
        stamp.write_text(pins)
    return folder / "bin"


def run(command: list[str], cwd: Path | None = None, **variables: str) -> str:
    """Run a program that must succeed; return what it printed."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def write(folder: Path, path: str, text: str) -> None:
    """Write a file of a project."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))


def add_module(folder: Path, module: str, *options: str) -> dict[str, list[str]]:
    """Run `pykube add`, and add the lines that it prints exactly where it says."""
    printed = run([os.environ["PYKUBE_BIN"], "add", module, "--format", "json", *options], cwd=folder)
    addition = json.loads(printed)
    apply_edits(folder, addition["edits"])
    return addition


def apply_edits(folder: Path, edits: list[dict]) -> None:
    """Add lines to the user's files; the last place of a file first, so that the others stay where they were."""
    assert all(edit["place"] for edit in edits), f"a place was not found: {edits}"
    for edit in sorted(edits, key=lambda edit: edit["place"]["after"], reverse=True):
        place = edit["place"]
        file = folder / place["file"]
        lines = file.read_text().splitlines()
        after = place["after"]
        assert after == 0 or lines[after - 1].strip() == place["context"], place
        lines[after : after + place["replaced"]] = edit["lines"]
        file.write_text("\n".join(lines) + "\n")


def make(cell: Cell, port: int, **config: str) -> Path:
    """Make the project of a cell, without our modules; `config` is what its ConfigMap holds."""
    folder = WORK / "projects" / cell.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    {"django": make_django, "flask": make_flask, "fastapi": make_fastapi}[cell.framework](folder, cell)
    entry = {
        ("django", "wsgi"): "config.wsgi:application",
        ("django", "asgi"): "config.asgi:application",
        ("flask", "wsgi"): "shop:create_app()",
        ("fastapi", "asgi"): "app.main:app",
    }[cell.framework, cell.interface]
    shutil.copy(HERE / "requirements" / f"{cell.packages}.txt", folder / "requirements.txt")
    write(
        folder,
        "app.toml",
        f"""\
        # Written by hand.
        [app]
        name = "shop"
        framework = "{cell.framework}"
        interface = "{cell.interface}" # how the server calls it
        entrypoint = "{entry}"
        python = "3.13"
        port = {port}

        [image]
        repository = "ghcr.io/acme/shop"

        [server]
        workers = 2
        graceful-timeout = 10
        {"threads = 4" if cell.interface == "wsgi" else ""}
        {"max-requests = 150" if cell.interface == "wsgi" else "max-requests = 0"}

        [secrets.env]
        DATABASE_URL = "shop/url"

        [scaling]
        min = 2
        max = 3

        [config]
        """,
    )
    with (folder / "app.toml").open("a") as file:
        file.writelines(f'{name} = "{value}"\n' for name, value in config.items())
        if cell.metrics_port:
            file.write(f"\n[monitoring]\nport = {free_port()}\n")
    return folder


def make_django(folder: Path, cell: Cell) -> None:
    """`django-admin startproject`, with the settings that every deployment needs."""
    run([str(environment(cell.packages) / "django-admin"), "startproject", "config", str(folder)])
    settings = folder / "config" / "settings.py"
    text = settings.read_text()
    begin = text.index("DATABASES = {")
    end = text.index("\n}\n", begin) + len("\n}\n")
    databases = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("PGHOST", ""),
        "PORT": os.environ.get("PGPORT", ""),
        "NAME": os.environ.get("PGDATABASE", ""),
        "USER": os.environ.get("PGUSER", ""),
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("REDIS_URL", ""),
    }
}
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
"""
    text = text[:begin] + databases + text[end:]
    text = text.replace("from pathlib import Path", "import os\nfrom pathlib import Path")
    text = text.replace("DEBUG = True", "DEBUG = False")
    text = text.replace("ALLOWED_HOSTS = []", f'ALLOWED_HOSTS = ["{HOST}"]')
    settings.write_text(text)
    write(
        folder,
        "config/urls.py",
        f"""\
        import logging
        import time

        from django.db import connection
        from django.http import HttpResponse
        from django.urls import path

        logger = logging.getLogger("shop")


        def hello(request, number):
            logger.info("hello %d", number, extra={{"number": number}})
            return HttpResponse(f"hello {{number}}")


        def fail(request, number):
            raise RuntimeError("no luck " + "x" * {LONG})


        def slow(request):
            time.sleep(2)
            return HttpResponse("slow")


        def ask_database(request):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 42")
                return HttpResponse(str(cursor.fetchone()[0]))


        urlpatterns = [
            path("hello/<int:number>", hello),
            path("fail/<int:number>", fail),
            path("slow", slow),
            path("database", ask_database),
        ]
        """,
    )


def make_flask(folder: Path, cell: Cell) -> None:
    """A factory in a package, as Flask's tutorial has it."""
    sqlalchemy = cell.database == "sqlalchemy"
    write(
        folder,
        "shop/__init__.py",
        f"""\
        import logging
        import os
        import time

        from flask import Flask
        {"from flask_sqlalchemy import SQLAlchemy" if sqlalchemy else ""}
        {"from sqlalchemy import text" if sqlalchemy else ""}

        logger = logging.getLogger("shop")
        {"db = SQLAlchemy()" if sqlalchemy else ""}


        def create_app():
            app = Flask(__name__)
            app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"].replace(
                "postgresql://", "postgresql+psycopg://"
            )
            {"db.init_app(app)" if sqlalchemy else ""}

            @app.get("/hello/<int:number>")
            def hello(number):
                logger.info("hello %d", number, extra={{"number": number}})
                return f"hello {{number}}"

            @app.get("/fail/<int:number>")
            def fail(number):
                raise RuntimeError("no luck " + "x" * {LONG})

            @app.get("/slow")
            def slow():
                time.sleep(2)
                return "slow"

            @app.get("/database")
            def ask_database():
                {"return str(db.session.scalar(text('SELECT 42')))" if sqlalchemy else '''with db_pool.connection() as connection:
                    return str(connection.execute("SELECT 42").fetchone()[0])'''}

            return app
        """,
    )


def make_fastapi(folder: Path, cell: Cell) -> None:
    """A package with a router, as FastAPI's tutorial has it."""
    write(folder, "app/__init__.py", "")
    sqlalchemy = cell.database == "sqlalchemy"
    if sqlalchemy:
        write(
            folder,
            "app/database.py",
            """\
            import os

            from sqlalchemy.ext.asyncio import create_async_engine

            url = os.environ.get("DATABASE_URL", "postgresql://none").replace("postgresql://", "postgresql+psycopg://")
            engine = create_async_engine(url, pool_size=50, echo=False)
            """,
        )
    write(
        folder,
        "app/main.py",
        f"""\
        import asyncio
        import logging

        from fastapi import APIRouter, FastAPI
        from fastapi.responses import PlainTextResponse
        {'''from sqlalchemy import text

        from app.database import engine''' if sqlalchemy else ""}

        logger = logging.getLogger("shop")
        router = APIRouter()


        @router.get("/hello/{{number}}", response_class=PlainTextResponse)
        async def hello(number: int):
            logger.info("hello %d", number, extra={{"number": number}})
            return f"hello {{number}}"


        @router.get("/fail/{{number}}")
        async def fail(number: int):
            raise RuntimeError("no luck " + "x" * {LONG})


        @router.get("/slow", response_class=PlainTextResponse)
        async def slow():
            await asyncio.sleep(2)
            return "slow"


        @router.get("/database", response_class=PlainTextResponse)
        {'''async def ask_database():
            async with engine.connect() as connection:
                return str(await connection.scalar(text("SELECT 42")))''' if sqlalchemy else '''async def ask_database(connection: db_pool.Database):
            cursor = await connection.execute("SELECT 42")
            row = await cursor.fetchone()
            return str(row[0])'''}


        app = FastAPI(
            title="shop",
        )
        app.include_router(router)
        """,
    )
