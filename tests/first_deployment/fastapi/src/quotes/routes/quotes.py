import httpx
from fastapi import APIRouter

from ..settings import settings

router = APIRouter()


@router.get("/{symbol}")
async def quote(symbol: str):
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://prices.acme.dev/{symbol}", headers={"token": settings.upstream_token})
    return answer.json()
