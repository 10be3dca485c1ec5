from celery import Celery
from lazy_object_proxy import Proxy


class Maker:
    def __init__(self):
        self.made = Celery(broker="redis://localhost")


def get_queue():
    return Maker().made


queue: Celery = Proxy(get_queue)
