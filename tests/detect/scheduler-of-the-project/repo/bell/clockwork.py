from celery.beat import PersistentScheduler


class Sundial(PersistentScheduler):
    max_interval = 5
