import os

PREFIX = "T_"


def env_bool(name, default):
    return os.environ.get(f"APP_{name}", default) == "1"


def secret(s, default=None):
    path = os.getenv(s + "_FILE")
    return path or os.getenv(s, default)


def table_entry(name):
    key = PREFIX + name
    return read(key)


def read(key):
    return os.environ.get(key)


class Setting:
    def __init__(self, kind, default=None, environ_name=None):
        self.environ_name = environ_name

    def __call__(self):
        return os.environ[self.environ_name]
