import os

from celery import Celery

jobs = Celery("jobs", broker=os.environ["BROKER_URL"])
