SECRET_KEY = "x"
ROOT_URLCONF = "mill.urls"
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = [
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
