from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.urls import reverse

from catalog.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return Product.objects.create(
        name="Teapot", slug="teapot", price=Decimal("41.80"), stock=3, published=True
    )


def test_list_shows_only_published_products(client, product):
    Product.objects.create(name="Prototype", slug="prototype", price=1, published=False)
    page = client.get(reverse("catalog:products")).content.decode()
    assert "Teapot" in page
    assert "Prototype" not in page


def test_detail(client, product):
    response = client.get(product.get_absolute_url())
    assert response.status_code == 200
    assert "41.80" in response.content.decode()


def test_unpublished_product_is_not_found(client, product):
    product.published = False
    product.save()
    assert client.get(product.get_absolute_url()).status_code == 404


def test_api(client, product):
    body = client.get(reverse("catalog:api-products")).json()
    assert body == {
        "products": [{"name": "Teapot", "slug": "teapot", "price": "41.80", "stock": 3}]
    }


def test_database_refuses_a_price_of_zero():
    with pytest.raises(IntegrityError):
        Product.objects.create(name="Gift", slug="gift", price=0)
