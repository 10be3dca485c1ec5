"""Tests of the heartbeat."""

import os
import tempfile
import threading
import time
from pathlib import Path
from unittest import TestCase
from unittest.mock import patch

from celery.signals import beat_init, worker_init

from config import heartbeat


class HeartbeatTests(TestCase):
    """The file is touched, and touched again."""

    def test_the_file_stays_young(self) -> None:
        """It is made when it is missing, and never left to age."""
        # Left behind: the thread touches it until the interpreter ends.
        file = Path(tempfile.mkdtemp(), "heartbeat")
        threading.Thread(
            target=heartbeat.keep_touching,
            args=(file, 0.01),
            daemon=True,
        ).start()
        for _ in range(2):
            self.wait_for_a_touch(file)

    def wait_for_a_touch(self, file: Path) -> None:
        """Make the file old, and wait until it is young again."""
        deadline = time.monotonic() + 10
        while not file.exists():
            assert time.monotonic() < deadline
        os.utime(file, (0, 0))
        while file.stat().st_mtime == 0:
            assert time.monotonic() < deadline

    def test_it_starts_with_worker_and_beat(self) -> None:
        """Not with the web process that imports the same module."""
        with patch.object(heartbeat, "start") as start:
            heartbeat.install()
            for signal in (worker_init, beat_init):
                signal.send(sender=self)
            assert start.call_count == 2
