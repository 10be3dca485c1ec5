import os

from .base import *

DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["shop.example"]
SECURE_SSL_REDIRECT = True
SESSION_COOKIE_SECURE = True
