import connexion


def create_app():
    outer = connexion.FlaskApp(__name__)
    app = outer.app
    outer.add_api("api.yaml")
    return app
