import importlib


def load(module, attribute):
    return getattr(importlib.import_module(module), attribute)()
