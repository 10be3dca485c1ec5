from django.urls import path

from mill.views import Grain, Health, Live

urlpatterns = [
    path("health/", Health.as_view()),
    path("readyz/", Grain.as_view()),
    path("livez/", Live.as_view()),
]
