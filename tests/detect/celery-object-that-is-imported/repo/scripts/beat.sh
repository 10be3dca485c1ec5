#!/bin/sh
exec celery -A run_worker.queue beat
