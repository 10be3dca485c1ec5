from celery import Celery

app = Celery("bell", broker="redis://cache")
app.conf.beat_schedule = {"ring": {"task": "bell.ring", "schedule": 900}}
