from fastapi import FastAPI

from orchard.queue import attach


def build():
    app = FastAPI()
    app.jobs = attach(app)

    @app.get("/livez")
    def livez():
        return {"ok": True}

    return app
