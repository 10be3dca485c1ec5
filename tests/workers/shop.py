"""A Celery application and a page of metrics, for the test that runs them as their pods would."""

import os
import time

from celery import Celery
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

import heartbeat

app = Celery("shop", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.broker_connection_retry_on_startup = True
if "BROKER_UNLIMITED" in os.environ:
    app.conf.broker_transport_options = {"socket_timeout": None, "socket_connect_timeout": None, "health_check_interval": 0}
heartbeat.install()

REQUESTS = Counter("requests", "Requests answered.")
BUSY = Gauge("processes", "Processes that answer.", multiprocess_mode="livesum")


@app.task
def add(one, other):
    return one + other


@app.task
def slow(seconds):
    time.sleep(seconds)
    return "done"


def web(environ, start_response):
    """Count requests; answer with the sum of all processes."""
    BUSY.set(1)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    if environ["PATH_INFO"] == "/metrics":
        body = generate_latest(registry)
    else:
        REQUESTS.inc()
        body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
