from django.urls import path

from catalog import views

app_name = "catalog"

urlpatterns = [
    path("", views.ProductList.as_view(), name="products"),
    path("products/<slug:slug>/", views.ProductDetail.as_view(), name="product"),
    path("api/products/", views.product_api, name="api-products"),
]
