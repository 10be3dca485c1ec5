from django.contrib import admin

from orders.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("reference", "customer", "quantity", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("reference",)
