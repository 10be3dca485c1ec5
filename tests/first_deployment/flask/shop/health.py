from flask import Blueprint
from sqlalchemy import text

from .extensions import db

bp = Blueprint("health", __name__)


@bp.get("/livez")
def livez():
    return "ok"


@bp.get("/readyz")
def readyz():
    db.session.execute(text("SELECT 1"))
    return "ok"
