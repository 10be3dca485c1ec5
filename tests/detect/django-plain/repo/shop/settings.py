import os

import dj_database_url

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = os.getenv("DEBUG", "") == "1"
ALLOWED_HOSTS = os.environ.get("HOSTS", "localhost").split(",")
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["django.contrib.staticfiles"]
DATABASES = {"default": dj_database_url.config()}
STATIC_ROOT = "/srv/static"
