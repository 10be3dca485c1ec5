import os

SECRET_KEY = os.environ["SANDBOX_SECRET"]
ROOT_URLCONF = "sandbox.urls"
