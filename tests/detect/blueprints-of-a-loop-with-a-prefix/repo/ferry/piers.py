from flask import Blueprint

piers = Blueprint("piers", __name__)


@piers.get("/piers")
def all_piers():
    return []
