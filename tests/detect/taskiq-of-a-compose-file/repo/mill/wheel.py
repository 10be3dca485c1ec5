import os

from taskiq import TaskiqScheduler
from taskiq.schedule_sources import LabelScheduleSource
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

ADDRESS = os.environ["REDIS_URL"]
broker = ListQueueBroker(ADDRESS).with_result_backend(RedisAsyncResultBackend(ADDRESS))
plan = TaskiqScheduler(broker, [LabelScheduleSource(broker)])
