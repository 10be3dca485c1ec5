from app import app as application
from views import pages

application.register_blueprint(pages, url_prefix="/")
