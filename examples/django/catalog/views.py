"""Pages for people, and the same catalogue as JSON for programs."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from catalog.models import Product


class ProductList(ListView):
    queryset = Product.objects.for_sale()
    paginate_by = 50


class ProductDetail(DetailView):
    queryset = Product.objects.for_sale()


@require_safe
def product_api(request: HttpRequest) -> JsonResponse:
    products = Product.objects.for_sale().values("name", "slug", "price", "stock")
    return JsonResponse({"products": list(products)})
