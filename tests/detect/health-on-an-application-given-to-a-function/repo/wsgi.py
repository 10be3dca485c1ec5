import os

from svc.setup import create_app

application = create_app()
application.config["REDIS_URL"] = os.environ.get("REDIS_URL")
