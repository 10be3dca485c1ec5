"""The project's settings, with values for the variables that a test run does not set."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("DEBUG", "true")
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

from config.settings import *  # noqa: F403
