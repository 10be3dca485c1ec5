from django.core.asgi import get_asgi_application

from weir import site

application = get_asgi_application()
