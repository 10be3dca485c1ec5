from sqlalchemy.ext.asyncio import create_async_engine

from quay.config import settings

engine = create_async_engine("postgresql+asyncpg://" + settings.tail)
