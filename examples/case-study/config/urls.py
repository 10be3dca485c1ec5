"""Routes. `/metrics` is answered by `config.metrics.MetricsMiddleware`."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from config import health
from orders.views import OrderViewSet

router = DefaultRouter()
router.register("orders", OrderViewSet, basename="order")

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
]
