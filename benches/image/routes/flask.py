"""The example with three routes to measure."""

import time

from bookmarks import create_app
from bookmarks.extensions import db
from sqlalchemy import text

app = create_app()


@app.get("/nothing")
def nothing() -> str:
    return "ok"


@app.get("/wait")
def wait() -> str:
    db.session.execute(text("select pg_sleep(0.05)"))
    return "ok"


@app.get("/compute")
def compute() -> str:
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        sum(range(500))
    return "ok"
