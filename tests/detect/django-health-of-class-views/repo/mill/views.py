from django.views import View
from django.http import JsonResponse
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from mill.scales import Weighs


class Health(APIView):
    def get(self, request):
        return Response({"ok": True})


class Live(APIView):
    permission_classes = [AllowAny]

    def get(self, request):
        return Response({"ok": True})


class Grain(Weighs, View):
    def get(self, request):
        return JsonResponse({"sacks": self.sacks})
