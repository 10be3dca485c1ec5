"""Tests of the heartbeat."""

import os
import tempfile
import threading
import time
from pathlib import Path
from unittest import TestCase
from unittest.mock import Mock, patch

from celery.signals import beat_init, worker_init

from . import heartbeat


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

    def test_a_connected_consumer_touches_both_files(self) -> None:
        """And only while it is connected: the thread is quiet meanwhile."""
        folder = Path(tempfile.mkdtemp())
        files = (folder / "heartbeat", folder / "heartbeat.ready")
        consumer = Mock()
        with patch.multiple(heartbeat, FILE=files[0], READY_FILE=files[1]):
            step = heartbeat.ConsumerHeartbeat(consumer)
            step.start(consumer)
            _, touch = consumer.timer.call_repeatedly.call_args.args
            touch()
            assert heartbeat.connected.is_set()
            assert all(file.exists() for file in files)
            step.stop(consumer)
            assert not heartbeat.connected.is_set()
            assert files[0].exists()
            assert not files[1].exists()

    def test_timeouts_of_the_project_are_kept(self) -> None:
        """And those that it does not set are added."""
        worker = Mock()
        worker.app.conf.broker_url = "redis://localhost"
        worker.app.conf.broker_transport_options = {"socket_timeout": 5}
        with patch.object(heartbeat, "start"):
            heartbeat.start_worker(worker)
        options = worker.app.conf.broker_transport_options
        assert options["socket_timeout"] == 5
        assert options["socket_keepalive"]

    def test_it_starts_with_worker_and_beat(self) -> None:
        """Not with the web process that imports the same module."""
        with (
            patch.object(heartbeat, "start") as start,
            patch.object(heartbeat, "start_worker") as start_worker,
        ):
            heartbeat.install()
            for signal in (worker_init, beat_init):
                signal.send(sender=self)
            assert start.call_count == 1
            assert start_worker.call_count == 1
