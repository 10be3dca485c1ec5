from flask import Blueprint, Flask, abort, redirect, request

app = Flask(__name__)
office = Blueprint("office", __name__, url_prefix="/office")


@office.before_request
def staff_only():
    if not request.cookies.get("staff"):
        return redirect("/login")


@app.before_request
def api_wants_a_token():
    if request.path.startswith("/api/") and "token" not in request.args:
        abort(401)


@office.get("/health")
def office_health():
    return "ok"


@app.get("/api/health")
def api_health():
    return "ok"


@app.get("/health")
def health():
    return "ok"


app.register_blueprint(office)
