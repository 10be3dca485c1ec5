from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from orders.models import Order
from orders.tasks import confirm_order, expire_orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(django_user_model):
    return django_user_model.objects.create_user("ada")


@pytest.fixture
def api(customer) -> APIClient:
    client = APIClient()
    client.force_authenticate(customer)
    return client


def test_an_order_is_confirmed_in_the_background(api, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = api.post("/api/orders/", {"reference": "A-1", "quantity": 2})
    assert response.status_code == 201
    assert response.json()["status"] == "pending"
    assert Order.objects.get().status == Order.Status.CONFIRMED


def test_strangers_see_nothing(api, customer, django_user_model):
    stranger = django_user_model.objects.create_user("eve")
    order = Order.objects.create(customer=stranger, reference="E-1", quantity=1)
    assert api.get("/api/orders/").json()["results"] == []
    assert api.get(f"/api/orders/{order.pk}/").status_code == 404


def test_no_order_without_a_name():
    assert APIClient().get("/api/orders/").status_code == 401


@pytest.mark.parametrize("quantity", [0, -1, "many"])
def test_quantity(api, quantity):
    response = api.post("/api/orders/", {"reference": "A-1", "quantity": quantity})
    assert response.status_code == 400
    assert "quantity" in response.json()


def test_a_reference_is_used_once(api, customer):
    Order.objects.create(customer=customer, reference="A-1", quantity=1)
    assert api.post("/api/orders/", {"reference": "A-1", "quantity": 1}).status_code == 400


def test_expired_orders_stay_expired(customer):
    old = Order.objects.create(customer=customer, reference="A-1", quantity=1)
    Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
    new = Order.objects.create(customer=customer, reference="A-2", quantity=1)
    expire_orders()
    confirm_order(old.pk)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == (Order.Status.EXPIRED, Order.Status.PENDING)
