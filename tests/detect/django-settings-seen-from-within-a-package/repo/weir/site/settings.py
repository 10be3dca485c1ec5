SECRET_KEY = "x"
ROOT_URLCONF = "weir.site.urls"
INSTALLED_APPS = []
