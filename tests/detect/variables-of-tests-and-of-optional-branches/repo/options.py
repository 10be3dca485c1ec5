import os

from decouple import Config

read = Config("options.env")

USE_BUCKET = os.environ.get("USE_BUCKET") == "yes"
if USE_BUCKET:
    BUCKET_NAME = os.environ["BUCKET_NAME"]
REGION = os.environ["REGION"]


class Live:
    @property
    def title(self):
        return read.get("TITLE", default="boats")

    @property
    def address(self):
        return read.get("MARINA_DATABASE_URL")


class TestingLive(Live):
    address = os.environ.get("TESTING_DATABASE_URL")
