from fastapi import APIRouter, Depends, FastAPI

from desk.badge import show_badge
from desk.door import Door

inside = APIRouter(prefix="/inside", dependencies=[Depends(show_badge)])


@inside.get("/health")
def inner():
    return {"ok": True}


app = FastAPI()
app.add_middleware(Door)
app.include_router(inside)


@app.get("/livez")
def alive():
    return {"ok": True}


@app.get("/readyz")
def ready():
    return {"ok": True}
