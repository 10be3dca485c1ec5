#!/bin/sh
if [ "$WORKER" = yes ]; then
    CMD="celery --app shop.worker worker"
else
    CMD="uvicorn shop.asgi:application --host 0.0.0.0 --port 8087"
fi
exec $CMD
