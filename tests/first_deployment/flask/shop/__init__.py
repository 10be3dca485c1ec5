import os

from flask import Flask

from .extensions import db, migrate, sessions
from .health import bp as health
from .orders import bp as orders


def create_app():
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SESSION_TYPE"] = "redis"
    app.config["CACHE_URL"] = os.environ["CACHE_URL"]
    db.init_app(app)
    migrate.init_app(app, db)
    sessions.init_app(app)
    app.register_blueprint(health)
    app.register_blueprint(orders, url_prefix="/orders")
    return app
