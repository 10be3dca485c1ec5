"""Heartbeat of Celery's worker and beat: a file that they keep touching.

The liveness probe looks at the file's age, which costs it no import of the
project. A thread touches it, and not the event loop: that stands still while
the broker is away or a task runs in it, and no restart would cure either.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

from celery.signals import beat_init, worker_init

DEFAULT_FILE = Path(tempfile.gettempdir(), "heartbeat")
FILE = Path(os.environ.get("HEARTBEAT_FILE", DEFAULT_FILE))
INTERVAL_SECONDS = 10


def keep_touching(file: Path, interval: float) -> None:
    """Touch the file for as long as the process runs."""
    while True:
        file.touch()
        time.sleep(interval)


def start(**_: object) -> None:
    """Begin, before the broker is connected: it may be away just now."""
    threading.Thread(
        target=keep_touching,
        args=(FILE, INTERVAL_SECONDS),
        name="heartbeat",
        daemon=True,
    ).start()


def install() -> None:
    """Start the heartbeat with the worker and with beat, nowhere else."""
    worker_init.connect(start)
    beat_init.connect(start)
