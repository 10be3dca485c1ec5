from flask import Blueprint

pulse = Blueprint("pulse", __name__)


@pulse.get("/ferry-healthcheck")
def check():
    return "ok"
