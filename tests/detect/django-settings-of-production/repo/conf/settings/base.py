import os

INSTALLED_APPS = []
TOKEN = os.environ.get("BASE_TOKEN")
