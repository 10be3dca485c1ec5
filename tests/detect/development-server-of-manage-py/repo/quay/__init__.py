from flask import Flask


def create_app():
    app = Flask(__name__)

    @app.get("/livez")
    def livez():
        return "ok"

    return app
