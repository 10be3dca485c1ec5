import os

from flask import Flask
from redis import Redis
from rq import Queue

import kiln

store = Redis.from_url(os.environ["REDIS_URL"])
clay = Queue("clay", connection=store)
glaze = Queue("glaze", connection=store)
app = Flask(__name__)
app.kiln = kiln
