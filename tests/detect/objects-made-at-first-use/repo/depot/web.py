from flask import Flask
from lazy_object_proxy import Proxy
from prometheus_client import make_wsgi_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from depot.api import blueprint


def get_flask():
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    return app


inner = Proxy(get_flask)
application = DispatcherMiddleware(inner, {"/metrics": make_wsgi_app()})
