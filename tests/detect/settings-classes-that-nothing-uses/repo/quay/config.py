from pydantic_settings import BaseSettings

__all__ = ["MariaSettings", "PostgresSettings", "settings"]


class StoreSettings(BaseSettings):
    STORE_ECHO: bool = False


class MariaSettings(StoreSettings):
    MARIADB_USER: str
    MARIADB_PASSWORD: str
    MARIADB_HOST: str = "localhost"


class PostgresSettings(StoreSettings):
    POSTGRES_USER: str = "quay"
    POSTGRES_PASSWORD: str = "quay"
    POSTGRES_HOST: str = "localhost"
    POSTGRES_DB: str = "quay"
    POSTGRES_URL: str | None = None

    @property
    def tail(self):
        return f"{self.POSTGRES_USER}:{self.POSTGRES_PASSWORD}@{self.POSTGRES_HOST}/{self.POSTGRES_DB}"


class Settings(PostgresSettings):
    QUAY_NAME: str = "quay"


settings = Settings()
