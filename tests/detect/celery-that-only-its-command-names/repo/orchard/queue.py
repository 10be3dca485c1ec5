import os

import celery


def attach(app):
    jobs = getattr(celery, "current_app")
    jobs.config_from_object({"broker_url": os.environ["CELERY_BROKER_URL"]})
    return jobs
