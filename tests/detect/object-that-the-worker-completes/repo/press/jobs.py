from celery import Celery

queue = Celery("press")
