"""Metrics of the web process, and the page that Prometheus reads them from."""

import os
import time
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

METRICS_PATH = "/metrics"

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds", "Time to answer a request.", ["method", "route"]
)


def exposition() -> HttpResponse:
    """Return the metrics of this process, or of all processes that share a folder."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def route_of(request: HttpRequest) -> str:
    """Name the route, not the path: a label for each order would fill Prometheus."""
    match = request.resolver_match
    return f"/{match.route}" if match else "unknown"


class MetricsMiddleware:
    """Counts and times every request, and answers Prometheus."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == METRICS_PATH:
            # Prometheus asks the pod itself; what comes through the ingress is the public.
            if "X-Forwarded-For" in request.headers:
                raise Http404
            return exposition()

        started = time.perf_counter()
        response = self.get_response(request)
        route = route_of(request)
        DURATION.labels(request.method, route).observe(time.perf_counter() - started)
        REQUESTS.labels(request.method, route, response.status_code).inc()
        return response
