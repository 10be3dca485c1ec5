"""Endpoints for the platform: is the process alive, and can it take traffic?"""

import logging

from fastapi import APIRouter, Response, status
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import Session

router = APIRouter(tags=["health"], include_in_schema=False)
logger = logging.getLogger(__name__)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Answer without asking anyone: a database that is away is no reason for a restart."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(session: Session, response: Response) -> dict[str, str]:
    """Answer 200 only while the database answers."""
    try:
        await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        logger.warning("readiness: the database does not answer", exc_info=True)
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"status": "unavailable", "database": "unreachable"}
    return {"status": "ok", "database": "ok"}
