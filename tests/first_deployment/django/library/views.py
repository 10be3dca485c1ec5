from django.db import connection
from django.http import HttpResponse, JsonResponse

from .models import Loan
from .tasks import remind


def readyz(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok")


def loans(request):
    remind.delay()
    return JsonResponse({"titles": list(Loan.objects.values_list("title", flat=True))})
