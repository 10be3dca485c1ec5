import os

INSTALLED_APPS = ["shop"]
STATIC_ROOT = "/srv/static"
QUEUE = os.environ.get("QUEUE_URL", "amqp://localhost")
