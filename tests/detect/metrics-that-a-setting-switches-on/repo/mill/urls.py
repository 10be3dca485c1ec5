from django.conf import settings
from django.urls import include, path

urlpatterns = []
if settings.COUNTERS:
    urlpatterns.append(path("inner/", include("django_prometheus.urls")))
