ROOT_URLCONF = "shop.urls"
STATIC_ROOT = "/srv/static"
