from flask import Flask


def create_app(settings=None):
    app = Flask(__name__)
    return app
