import os

if os.environ.get("STAGE") == "desk":
    reload = True
    accesslog = "access.log"
else:
    preload_app = True
