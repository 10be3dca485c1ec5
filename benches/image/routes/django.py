"""The example with three routes to measure."""

import time

from config.wsgi import application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import urls

__all__ = ["application"]


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def wait(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(0.05)")
    return HttpResponse("ok")


def compute(request: HttpRequest) -> HttpResponse:
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        sum(range(500))
    return HttpResponse("ok")


urls.urlpatterns[:0] = [path("nothing", nothing), path("wait", wait), path("compute", compute)]
