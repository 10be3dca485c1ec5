from flask import Flask
from press.jobs import queue


def create_app():
    app = Flask("press")
    queue.conf.update(broker_url="redis://cache")
    return app
