from django.urls import path

from p import views

urlpatterns = [path("health/", views.deep)]
