from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    redis_url: str
    upstream_token: str
    log_level: str = "INFO"


settings = Settings()
