from django.urls import path

from shop import views

urlpatterns = [
    path("checkout/", views.checkout),
    path("healthz", views.healthz),
    path("sales/of/status/", views.status),
]
