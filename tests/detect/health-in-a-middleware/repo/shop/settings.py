ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["shop.middleware.Health"]
