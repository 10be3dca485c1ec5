import os

import yaml
from toolbox.env import env_int, env_opt, env_str


def env_renamed(name, old_name, default):
    return env_str(name, env_str(old_name, default))


class Config:
    def __init__(self, path):
        with open(path) as file:
            self.values = {**yaml.safe_load(file), **os.environ}

    def get(self, key, default=None):
        return self.values.get(key, default)


config = Config("config.yaml")
TITLE = env_str("ATLAS_TITLE", "atlas")
PAGE = env_int("ATLAS_PAGE_SIZE", 20)
TOKEN = env_opt("ATLAS_UPDATE_TOKEN")
INDEX = env_renamed("ATLAS_INDEX_URL", "INDEX_URL", "")
REGION = config.get("STORAGE_REGION")
SECRET = config.get("SIGNING_SECRET")
TARGET = os.getenv("HTTP_TARGET", "http://example.org")
