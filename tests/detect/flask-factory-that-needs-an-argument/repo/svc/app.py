from flask import Flask


def create_app(args):
    app = Flask(__name__)
    return app
