from alembic import context

from web.app import create_app

app = create_app()
context.configure(url=app.config["URL"])
