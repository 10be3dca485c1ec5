from dataclasses import dataclass
from typing import Optional

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SHARED = SettingsConfigDict(env_nested_delimiter="__", env_prefix="GATE_")


class Door(BaseModel):
    lock_secret: str
    minutes: int = 30


@dataclass
class Bell:
    tone: str = "c"


class Window(BaseModel):
    size: int = 3


class Settings(BaseSettings):
    model_config = SHARED
    door: Door
    back_door: Optional[Door] = None
    bell: "Bell | None" = None
    window: Window | None = None
    side: Door = Field(default_factory=lambda: Door(lock_secret="x"))
    shutters: list[Window] = []


settings = Settings()
