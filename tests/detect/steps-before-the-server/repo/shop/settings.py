import dj_database_url

ROOT_URLCONF = "shop.urls"
DATABASES = {"default": dj_database_url.config()}
