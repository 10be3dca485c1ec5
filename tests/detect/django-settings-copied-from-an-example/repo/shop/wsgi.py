from django.core.wsgi import get_wsgi_application

from shop.setup import prepare

prepare()
application = get_wsgi_application()
