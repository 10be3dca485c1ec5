import asyncio

from alembic import context
from quotes.database import engine


def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def run():
    async with engine.connect() as connection:
        await connection.run_sync(migrate)


asyncio.run(run())
