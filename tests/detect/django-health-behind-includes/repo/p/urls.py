from django.urls import include, path, re_path

prefix = ""
if 1 + 1 == 3:
    prefix = f"{input()}/"

api = [path("status/", include("p.inner"))]
urlpatterns = [
    path(prefix, include("p.admin_urls")),
    path("api/", include(api)),
    re_path(r"^healthz$", "p.views.health"),
]
