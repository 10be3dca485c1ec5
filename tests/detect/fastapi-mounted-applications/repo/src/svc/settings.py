from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    PREFIX: str = "/x"


settings = Settings()
