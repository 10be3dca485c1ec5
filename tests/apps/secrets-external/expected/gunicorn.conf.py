import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = 8
# The heartbeat file must not lie on a disk: a slow one makes sound workers look dead.
worker_tmp_dir = "/dev/shm"
# Read by gunicorn 25.1 and later, whose socket needs a home folder that can be written.
control_socket_disable = True
accesslog = "-"
errorlog = "-"
timeout = 30
# With the preStop sleep it fits into the 45 seconds that the pod gets to stop.
graceful_timeout = 25
# Longer than proxies keep idle connections, so that they never send into a closed one.
keepalive = 75
# A worker that leaks is replaced, and not all at once.
max_requests = 1000
max_requests_jitter = 100
