"""One application as WSGI and as ASGI: it says what the server passed to it."""

import asyncio
import json
import os
import sys
import time

SLOW_SECONDS = 2.0

# An import that takes its time, as real ones do.
time.sleep(float(os.environ.get("IMPORT_SECONDS", "0")))


def answer(path, root, scheme, client):
    """Write what the server said."""
    said = {
        "path": path,
        "root": root,
        "scheme": scheme,
        "client": client,
        "process": os.getpid(),
        "wrapped": os.environ.get("WRAPPED"),
        "gevent": "gevent.monkey" in sys.modules,
    }
    return json.dumps(said).encode()


def wsgi(environ, start_response):
    """Answer for WSGI."""
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(SLOW_SECONDS)
    body = answer(path, environ["SCRIPT_NAME"], environ["wsgi.url_scheme"], environ["REMOTE_ADDR"])
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


async def asgi(scope, receive, send):
    """Answer for ASGI."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    path, root = scope["path"], scope.get("root_path", "")
    # As Starlette finds its route.
    path = path.removeprefix(root)
    if path == "/slow":
        await asyncio.sleep(SLOW_SECONDS)
    body = answer(path, root, scope["scheme"], scope["client"][0])
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
