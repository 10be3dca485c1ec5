"""Run migrations on the application's own engine."""

from alembic import context
from flask import current_app

migrate = current_app.extensions["migrate"]
db = migrate.db

if context.is_offline_mode():
    context.configure(
        url=db.engine.url, target_metadata=db.metadata, literal_binds=True, **migrate.configure_args
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=db.metadata, **migrate.configure_args
        )
        with context.begin_transaction():
            context.run_migrations()
