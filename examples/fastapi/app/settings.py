"""Settings, read from the environment."""

from functools import lru_cache

from pydantic import field_validator
from pydantic_settings import BaseSettings

# Drivers that speak asyncio, for URLs that name none.
ASYNC_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite+aiosqlite",
}


class Settings(BaseSettings):
    database_url: str = "sqlite:///bookings.db"
    database_pool_size: int = 5
    root_path: str = ""
    log_level: str = "INFO"

    @field_validator("database_url")
    @classmethod
    def name_the_driver(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        return f"{ASYNC_DRIVERS.get(scheme, scheme)}{separator}{rest}"


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
