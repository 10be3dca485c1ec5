from starlette.config import Config
from starlette.datastructures import Secret

config = Config(".env")
S = config("STARRED", cast=Secret)
