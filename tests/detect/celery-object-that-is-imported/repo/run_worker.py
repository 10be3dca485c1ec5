from svc import create_app, queue

create_app().app_context().push()
