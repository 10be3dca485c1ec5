import rq
from redis import Redis

queue = rq.Queue("blog-tasks", connection=Redis.from_url("redis://"))
