from django.http import HttpResponse

from shop import paths

ALIVE = "/healthz"


class ProbesMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method == "GET":
            if request.path_info == ALIVE:
                return HttpResponse("ok")
            if request.path_info == paths.READY:
                return self.readiness()
        return self.get_response(request)

    def readiness(self):
        return HttpResponse("ok")
