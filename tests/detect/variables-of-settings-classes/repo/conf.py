from typing import Annotated, ClassVar

from pydantic import AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SHOP_"


class Mail(BaseModel):
    host: str = "localhost"
    password: SecretStr


class Mixin:
    region: str = "eu"


class Settings(Mixin, BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__")
    LIMIT: ClassVar[int] = 3
    debug: bool = False
    token_expire_minutes: int = 5
    master: SecretStr
    mail: Mail
    dsn: str = Field("", validation_alias=AliasChoices("SENTRY_DSN", "DSN"))
    named: Annotated[str, Field(alias="PLAIN_NAME")] = ""


class Old(BaseSettings):
    url: str = ""

    class Config:
        env_prefix = "old_"
        fields = {"url": {"env": "DATABASE_URL"}}
