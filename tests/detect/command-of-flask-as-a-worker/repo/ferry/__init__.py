from flask import Flask

from ferry.cargo import load_cargo


def create_app():
    app = Flask(__name__)
    app.cli.add_command(load_cargo)
    return app
