from fastapi import FastAPI

from svc.loader import load


def build(lifespan=None) -> FastAPI:
    return FastAPI(lifespan=lifespan)


app = load(module="svc.main", attribute="build")
