from flask import Blueprint
from flask_login import login_required

public = Blueprint("p", __name__, url_prefix="/p")
secret = Blueprint("s", __name__, url_prefix="/s")


@public.route("/ready")
def ready():
    return "ok"


@secret.route("/health")
@login_required
def health():
    return "ok"
