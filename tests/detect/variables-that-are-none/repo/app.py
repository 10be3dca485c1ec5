import os

from flask import Flask, request

app = Flask(__name__)
os.environ["WRITTEN"] = "1"
os.environ.setdefault("SET_BY_US", "1")


@app.route("/")
def index():
    return request.environ["HTTP_X_THING"]


def middleware(environ, start_response):
    return environ["wsgi.input"], environ.get("REMOTE_THING")
