import os

from taskiq_redis import ListQueueBroker

kiln = ListQueueBroker(os.environ["REDIS_URL"])


@kiln.task
async def fire():
    pass
