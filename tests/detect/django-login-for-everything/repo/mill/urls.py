from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path


def health(request):
    return HttpResponse("ok")


@login_not_required
def alive(request):
    return HttpResponse("ok")


STATIC = False
OPS = [path("healthz/", health), path("livez/", alive)] if not STATIC else []
urlpatterns = [*OPS]
