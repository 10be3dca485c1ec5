import asyncpg


async def newest():
    link = await asyncpg.connect("postgresql://parcels@ledger/parcels")
    return await link.fetchval("select max(id) from parcels")
