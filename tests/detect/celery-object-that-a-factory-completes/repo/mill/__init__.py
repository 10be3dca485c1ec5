from celery import Celery
from flask import Flask

stones = Celery(__name__)


def create_app():
    app = Flask(__name__)
    app.config.from_prefixed_env("MILL")
    stones.config_from_object("mill.grain")
    return app
