from svc.admin.views import application as application
