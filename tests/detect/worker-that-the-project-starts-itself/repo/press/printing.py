import os

from redis import Redis
from rq import Worker


def serve():
    Worker(["pages"], connection=Redis.from_url(os.environ["REDIS_URL"])).work(with_scheduler=True)
