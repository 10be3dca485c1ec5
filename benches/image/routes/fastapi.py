"""The example with three routes to measure."""

import time

from app.database import Session
from app.main import app
from fastapi.responses import PlainTextResponse
from sqlalchemy import text

__all__ = ["app"]


@app.get("/nothing", response_class=PlainTextResponse)
async def nothing() -> str:
    return "ok"


@app.get("/wait", response_class=PlainTextResponse)
async def wait(session: Session) -> str:
    await session.execute(text("select pg_sleep(0.05)"))
    return "ok"


@app.get("/compute", response_class=PlainTextResponse)
def compute() -> str:
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        sum(range(500))
    return "ok"
