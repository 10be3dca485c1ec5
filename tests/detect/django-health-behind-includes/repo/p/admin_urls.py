from django.urls import path

from p import views

urlpatterns = [path("settings/celery/ping", views.admin), path("posts/<int:id>/status", views.admin)]
