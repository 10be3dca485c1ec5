import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

from configurations.asgi import get_asgi_application

application = get_asgi_application()
