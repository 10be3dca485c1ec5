"""Configuration from the environment."""

import os
from typing import Any


def database_url(value: str) -> str:
    """Name the driver in a URL that providers hand out without one."""
    scheme, separator, rest = value.partition("://")
    if scheme in {"postgres", "postgresql"}:
        scheme = "postgresql+psycopg"
    return f"{scheme}{separator}{rest}"


def from_environment() -> dict[str, Any]:
    """Read the variables that the README lists."""
    return {
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": database_url(
            os.environ.get("DATABASE_URL", "sqlite:///bookmarks.db")
        ),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
    }
