import os

broker_url = os.environ["GRAIN_URL"]
task_ignore_result = True
