"""Work that no customer waits for. Every task may be run twice, so each one asks first."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from orders.models import Order

logger = logging.getLogger(__name__)

TIME_TO_CONFIRM = timedelta(hours=1)


@shared_task
def confirm_order(order_id: int) -> None:
    """Confirm an order, unless it went another way meanwhile."""
    confirmed = Order.objects.filter(pk=order_id, status=Order.Status.PENDING).update(
        status=Order.Status.CONFIRMED
    )
    logger.info("order %s: %s", order_id, "confirmed" if confirmed else "no longer pending")


@shared_task
def expire_orders() -> None:
    """Close the orders that nobody confirmed in time."""
    expired = Order.objects.stale(before=timezone.now() - TIME_TO_CONFIRM).update(
        status=Order.Status.EXPIRED
    )
    logger.info("%s orders expired", expired)
