from flask import Blueprint

blueprint = Blueprint("h", __name__)


@blueprint.route("")
def check():
    return "ok"
