INSTALLED_APPS = ["shop"]
WSGI_APPLICATION = "shop.wsgi.application"
ALLOWED_HOSTS = ["*"]
