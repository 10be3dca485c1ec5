from flask import Flask

from lamp.timers import clock, watch


def create_app():
    app = Flask(__name__)
    watch(app)
    clock.start()
    return app
