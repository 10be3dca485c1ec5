"""The project's settings, with values for the variables that a test run does not set."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("DEBUG", "true")
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

from config.settings import *  # noqa: F403

# Tasks run where they are called, so that no test needs a broker.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
