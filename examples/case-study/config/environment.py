"""Reading variables."""

import os
from urllib.parse import quote, urlsplit, urlunsplit


def flag(name: str, *, default: bool) -> bool:
    """Read a variable that says yes or no."""
    value = os.environ.get(name)
    if value is None:
        return default
    return value.strip().lower() in {"1", "true", "yes", "on"}


def comma_separated(name: str) -> list[str]:
    """Read a list."""
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def redis_url(url: str, password: str | None, database: int) -> str:
    """Complete the address of a Redis server with a password and a database number.

    The password comes in a variable of its own because it comes out of a Secret and the address
    does not. It may hold any character, so it is quoted.
    """
    parts = urlsplit(url)
    netloc = parts.netloc
    if password and "@" not in netloc:
        netloc = f":{quote(password, safe='')}@{netloc}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))
