ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = [
    "shop.probes.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
]
