import os

from django.core.wsgi import get_wsgi_application

settings = "harbour.deployment" if "SITE_HOST" in os.environ else "harbour.settings"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)

application = get_wsgi_application()
