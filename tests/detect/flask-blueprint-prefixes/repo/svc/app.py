from flask import Flask

from svc import api
from svc.views import public, secret


def create_app():
    app = Flask(__name__)
    app.register_blueprint(api.healthcheck.blueprint, url_prefix="/api/healthcheck")
    for blueprint in (public, secret):
        app.register_blueprint(blueprint)
    return app
