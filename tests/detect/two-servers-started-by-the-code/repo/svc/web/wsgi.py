from svc.web.views import application as application
