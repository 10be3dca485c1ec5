from fastapi import APIRouter
from sqlalchemy import text

from ..database import Session

router = APIRouter()


@router.get("/livez")
async def livez():
    return {"ok": True}


@router.get("/readyz")
async def readyz():
    async with Session() as session:
        await session.execute(text("SELECT 1"))
    return {"ok": True}
