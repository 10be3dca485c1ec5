from django.contrib import admin

from catalog.models import Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "price", "stock", "published")
    list_filter = ("published",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    search_fields = ("name",)
