# Rendered by pykube from app.toml.
import os
import pathlib

if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    from prometheus_client import multiprocess, values

    # A worker continues in the files of the one that it replaces: named by process, they would fill the folder.
    values.ValueClass = values.MultiProcessValue(lambda: os.environ.get("WORKER_NUMBER", "master"))

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# The heartbeat file must not be on a disk: a slow disk makes healthy workers look dead.
worker_tmp_dir = "/dev/shm"
# Read by gunicorn 25.1 and later, whose socket needs a home folder that can be written.
control_socket_disable = True
accesslog = "-"
errorlog = "-"
timeout = 30
# Together with the preStop sleep it fits into the 45 seconds that the pod has to stop.
graceful_timeout = 25
# Longer than the proxy in front keeps idle connections: it never sends into a closed one.
keepalive = 120


def on_starting(server):
    """Remove what an earlier run of the container left behind."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    for file in pathlib.Path(folder).glob("*.db") if folder else ():
        file.unlink()


def pre_fork(server, worker):
    """Number the worker: the lowest number that is free."""
    taken = {other.number for other in server.WORKERS.values()}
    worker.number = min(set(range(len(taken) + 1)) - taken)


def post_fork(server, worker):
    """Tell the process its number."""
    os.environ["WORKER_NUMBER"] = str(worker.number)


def child_exit(server, worker):
    """Remove the gauges of a dead process from the sum."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.number)
