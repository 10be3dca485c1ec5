def start(target, port):
    raise NotImplementedError


def web():
    start("svc.web.wsgi:application", 80)


def admin():
    start("svc.admin.wsgi:application", 81)
