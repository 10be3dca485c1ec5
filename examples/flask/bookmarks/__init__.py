"""A shared list of links."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask

from bookmarks import api, health
from bookmarks.config import from_environment
from bookmarks.extensions import db, migrate


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; `overrides` win over the environment (tests use them)."""
    app = Flask(__name__)
    app.config.from_mapping(from_environment())
    app.config.from_mapping(overrides)
    logging.basicConfig(
        level=app.config["LOG_LEVEL"], format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )

    db.init_app(app)
    migrate.init_app(app, db)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(health.blueprint)
    return app
