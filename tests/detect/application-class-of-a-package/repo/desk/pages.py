from flask import Blueprint

pages = Blueprint("pages", __name__)


@pages.route("/")
def front():
    return "desk"
