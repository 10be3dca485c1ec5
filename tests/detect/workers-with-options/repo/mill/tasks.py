from celery import Celery

queue = Celery("mill", broker="redis://cache:6379/1")
