from app import app as application
from views import packages

application.register_blueprint(packages, url_prefix="/v2")
