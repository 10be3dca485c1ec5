"""Heartbeat of Celery's worker and beat: files that they keep touching.

The probes look at the age of the files, which imports nothing of the project.
A connected worker touches them from the timer of its consumer: one that hangs
on a dead socket goes quiet, and is restarted. While the worker starts or the
broker is away, a thread touches the first file only: such a worker is alive,
because no restart brings a broker back, but it is not ready.
"""

import os
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from celery import bootsteps
from celery.signals import beat_init, worker_init

if TYPE_CHECKING:
    from celery.worker import WorkController
    from celery.worker.consumer import Consumer

DEFAULT_FILE = Path(tempfile.gettempdir(), "heartbeat")
FILE = Path(os.environ.get("HEARTBEAT_FILE", DEFAULT_FILE))
READY_FILE = FILE.with_name(f"{FILE.name}.ready")
INTERVAL_SECONDS = 10


def keepalive_options() -> dict[int, int]:
    """Give seconds until the first question and between more, and how many."""
    wanted = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
    known = [name for name in wanted if hasattr(socket, name)]
    return {getattr(socket, name): wanted[name] for name in known}


# Without them Redis is waited for as long as the kernel waits: forever on a
# connection that died silently. What the project sets itself is kept.
REDIS_OPTIONS = {
    "socket_connect_timeout": 10,
    "socket_timeout": 30,
    "socket_keepalive": True,
    "socket_keepalive_options": keepalive_options(),
    "health_check_interval": 30,
}

# Set while the consumer touches the files itself.
connected = threading.Event()


class ConsumerHeartbeat(bootsteps.StartStopStep):
    """The heartbeat of a connected consumer; it stops with the connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: "Consumer") -> None:
        """Begin when the broker is connected, and each time it is again."""
        self.timer = parent.timer.call_repeatedly(INTERVAL_SECONDS, touch_both)
        # A task of this pool runs in the consumer, whose timer waits for it.
        if type(parent.pool).__module__ != "celery.concurrency.solo":
            connected.set()

    def stop(self, parent: "Consumer") -> None:  # noqa: ARG002
        """End with the connection."""
        connected.clear()
        self.timer.cancel()
        READY_FILE.unlink(missing_ok=True)


def touch_both() -> None:
    """Say that the consumer is alive and that its broker is there."""
    FILE.touch()
    READY_FILE.touch()


def keep_touching(file: Path, interval: float) -> None:
    """Touch the file while no connected consumer does."""
    while True:
        if not connected.is_set():
            file.touch()
        time.sleep(interval)


def start(**_: object) -> None:
    """Begin, before the broker is connected: it may be away just now."""
    READY_FILE.unlink(missing_ok=True)
    threading.Thread(
        target=keep_touching,
        args=(FILE, INTERVAL_SECONDS),
        name="heartbeat",
        daemon=True,
    ).start()


def start_worker(sender: "WorkController", **_: object) -> None:
    """Begin, and go on from the consumer once it is connected."""
    conf = sender.app.conf
    if str(conf.broker_url or "").startswith(("redis", "sentinel")):
        options = conf.broker_transport_options or {}
        conf.broker_transport_options = {**REDIS_OPTIONS, **options}
    sender.app.steps["consumer"].add(ConsumerHeartbeat)
    start()


def install() -> None:
    """Start the heartbeat with the worker and with beat, nowhere else."""
    worker_init.connect(start_worker)
    beat_init.connect(start)
