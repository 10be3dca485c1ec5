import os


def heat():
    return os.environ.get("OVEN_HEAT", "220")
