from flask import Blueprint
from flask_restx import Api, Namespace, Resource

blueprint = Blueprint("api", __name__, url_prefix="/api")
health = Namespace("healthz")
api = Api(app=blueprint)
api.add_namespace(health)


@health.route("")
class Health(Resource):
    def get(self):
        return {"status": "ok"}
