from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse

OPEN = ("/livez",)


class Door(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path not in OPEN and "key" not in request.headers:
            return PlainTextResponse("closed", status_code=403)
        return await call_next(request)
