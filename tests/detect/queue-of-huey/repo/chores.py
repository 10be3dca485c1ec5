import os

from huey import RedisHuey

broom = RedisHuey("chores", url=os.environ["REDIS_URL"])


@broom.task()
def sweep():
    return 1
