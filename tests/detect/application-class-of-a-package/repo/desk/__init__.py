from corp.flask_base import Site
from celery import Celery

from desk.pages import pages

queue = Celery(__name__)


def create_app():
    site = Site(__name__, title="Desk")
    site.register_blueprint(pages)
    return site
