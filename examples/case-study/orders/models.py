"""Orders and where they stand."""

from datetime import datetime

from django.conf import settings
from django.db import models


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, customer) -> "OrderQuerySet":
        """What one customer may see."""
        return self.filter(customer=customer)

    def stale(self, before: datetime) -> "OrderQuerySet":
        """Orders that nobody confirmed in time."""
        return self.filter(status=Order.Status.PENDING, created_at__lt=before)


class Order(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"
        EXPIRED = "expired"

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    reference = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("status", "created_at"), name="order_by_status"),)
        constraints = (
            models.UniqueConstraint(fields=("customer", "reference"), name="order_reference"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="order_quantity_positive"
            ),
        )

    def __str__(self) -> str:
        return self.reference
