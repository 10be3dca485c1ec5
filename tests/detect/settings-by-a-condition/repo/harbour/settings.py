SECRET_KEY = "for one machine"
DEBUG = True
ROOT_URLCONF = "harbour.urls"
WSGI_APPLICATION = "harbour.wsgi.application"
INSTALLED_APPS = []
