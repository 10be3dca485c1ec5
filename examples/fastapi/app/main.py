"""The application: `uvicorn app.main:app`."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.database import create_engine
from app.routers import bookings, health
from app.settings import get_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the connection pool at start, close it on the way out."""
    engine = create_engine(get_settings())
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


logging.basicConfig(
    level=get_settings().log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
)

app = FastAPI(title="Bookings", lifespan=lifespan, root_path=get_settings().root_path)
app.include_router(bookings.router)
app.include_router(health.router)
