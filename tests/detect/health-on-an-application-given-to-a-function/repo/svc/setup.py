from flask import Flask


def create_app():
    application = Flask(__name__)
    add_checks(application)
    return application


def add_checks(application):
    @application.route("/status")
    def status():
        return {"status": "ok"}

    @application.route("/api/v1/imports/status")
    def imports():
        return {"running": False}
