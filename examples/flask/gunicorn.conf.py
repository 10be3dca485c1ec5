# Rendered by pykube from app.toml.
import os

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
