import os

os.environ["SECRET_KEY"] = os.environ["PLATFORM_SECRET_KEY"]

from dune.web import create_app

app = create_app()
