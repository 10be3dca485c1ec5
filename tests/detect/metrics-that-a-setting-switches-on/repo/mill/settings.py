import os

SECRET_KEY = "x"
ROOT_URLCONF = "mill.urls"
INSTALLED_APPS = []
COUNTERS = os.environ.get("COUNTERS") == "1"
