from fastapi import FastAPI

from app.deps import thing

app = FastAPI()
