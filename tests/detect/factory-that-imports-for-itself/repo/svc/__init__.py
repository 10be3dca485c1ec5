def make_application():
    from flask import Flask
    from svc.views import routes

    built = Flask(__name__)
    built.register_blueprint(routes, url_prefix="/v1")
    return built
