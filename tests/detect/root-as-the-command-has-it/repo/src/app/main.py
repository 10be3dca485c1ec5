from fastapi import FastAPI

from .core import thing

app = FastAPI()
