#!/bin/sh
exec celery -A run_worker.queue worker
