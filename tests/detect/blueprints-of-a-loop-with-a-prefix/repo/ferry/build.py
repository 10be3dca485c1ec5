from flask import Flask

EDITION = 2


def build(parts):
    app = Flask("ferry")
    for part in parts:
        app.register_blueprint(part, url_prefix=f"/e{EDITION}")
    return app
