from django.contrib.auth.decorators import login_required
from django.http import HttpResponse


def checkout(request):
    return HttpResponse("")


checkout = login_required(checkout)
again = login_required(again)


def status(request):
    return HttpResponse("sold")


def healthz(request):
    return HttpResponse("ok")
