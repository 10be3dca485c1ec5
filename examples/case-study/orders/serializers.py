from rest_framework import serializers

from orders.models import Order


class OrderSerializer(serializers.ModelSerializer):
    customer = serializers.HiddenField(default=serializers.CurrentUserDefault())

    class Meta:
        model = Order
        fields = ("id", "customer", "reference", "quantity", "status", "created_at")
        read_only_fields = ("status", "created_at")
        extra_kwargs = {"quantity": {"min_value": 1}}  # noqa: RUF012
