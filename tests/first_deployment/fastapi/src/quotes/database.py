from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from .settings import settings

engine = create_async_engine(settings.database_url)
Session = async_sessionmaker(engine)
