import os

ROOT_URLCONF = "urls"
SITE_TITLE = os.environ.get("SITE_TITLE", "")
