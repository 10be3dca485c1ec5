from flask import Blueprint

routes = Blueprint("routes", __name__)


@routes.route("/healthz")
def healthz():
    return "ok"
