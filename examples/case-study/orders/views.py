from rest_framework import mixins, viewsets
from rest_framework.pagination import CursorPagination

from orders.models import Order
from orders.serializers import OrderSerializer
from orders.tasks import confirm_order


class NewestFirst(CursorPagination):
    ordering = ("-created_at", "-pk")


class OrderViewSet(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """A customer's own orders: made once, then read."""

    serializer_class = OrderSerializer
    pagination_class = NewestFirst

    def get_queryset(self):
        return Order.objects.of(self.request.user)

    def perform_create(self, serializer: OrderSerializer) -> None:
        order = serializer.save()
        confirm_order.delay_on_commit(order.pk)
