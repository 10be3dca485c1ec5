"""The example with three routes to measure."""

import time

from bookmarks import create_app

app = create_app()


@app.get("/nothing")
def nothing() -> str:
    return "ok"


@app.get("/wait")
def wait() -> str:
    time.sleep(0.05)
    return "ok"


@app.get("/compute")
def compute() -> str:
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        sum(range(500))
    return "ok"
