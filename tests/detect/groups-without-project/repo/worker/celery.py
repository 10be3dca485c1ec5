from celery import Celery

app = Celery("w")
app.config_from_object("web.settings")
