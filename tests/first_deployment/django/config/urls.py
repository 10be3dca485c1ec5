from django.http import HttpResponse
from django.urls import path

from library import views


def livez(request):
    return HttpResponse("ok")


urlpatterns = [
    path("livez", livez),
    path("readyz", views.readyz),
    path("loans/", views.loans),
]
