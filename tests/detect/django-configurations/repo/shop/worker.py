from celery import Celery

app = Celery("shop", broker="redis://broker:6379/0")
if app.conf.TIDIES:
    app.conf.beat_schedule["tidy"] = {"task": "shop.tidy", "schedule": 60}
