import os


def prepare():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.conf.settings")
