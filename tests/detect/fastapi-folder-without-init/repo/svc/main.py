from fastapi import FastAPI

from svc.core import thing

app = FastAPI()
