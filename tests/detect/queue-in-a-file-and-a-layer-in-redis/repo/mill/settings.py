import os

SECRET_KEY = "x"
ROOT_URLCONF = "mill.urls"
INSTALLED_APPS = []
HUEY = {"huey_class": "huey.FileHuey", "path": "/tmp/queue"}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [(os.environ.get("LAYER_HOST", "redis"), 6379)]},
    },
}
