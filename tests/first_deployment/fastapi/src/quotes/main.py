import logging

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from .routes import health, quotes
from .settings import settings

logging.basicConfig(level=settings.log_level)
app = FastAPI(title="quotes")
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["quotes.acme.dev"])
app.include_router(health.router)
app.include_router(quotes.router, prefix="/quotes")
