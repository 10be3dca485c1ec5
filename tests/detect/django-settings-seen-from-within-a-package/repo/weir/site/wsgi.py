from django.core.wsgi import get_wsgi_application

from weir import site

application = get_wsgi_application()
