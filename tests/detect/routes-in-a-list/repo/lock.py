from fastapi import FastAPI
from sqlalchemy import create_engine, text
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

engine = create_engine("sqlite://")


async def open_gate(request):
    return PlainTextResponse("open")


def water(request):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return PlainTextResponse("high")


INNER = [Route("/readyz", water)]
app = FastAPI(routes=[Route("/livez", open_gate, methods=["get"]), Mount("/weir", routes=INNER)])
