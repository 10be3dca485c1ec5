SECRET_KEY = "x"
ROOT_URLCONF = "reed.urls"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django_q"]
