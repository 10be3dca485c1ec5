import os

from shop.settings.base import *

MAIL = env.str("MAIL_API_KEY")
LOGIN_THROTTLE_AUTH = int(os.environ.get("LOGIN_AUTH", 0))
ALLOWED_HOSTS = ["*"]
