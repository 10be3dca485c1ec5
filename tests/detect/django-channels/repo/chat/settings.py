INSTALLED_APPS = ["channels"]
ASGI_APPLICATION = "chat.routing.application"
