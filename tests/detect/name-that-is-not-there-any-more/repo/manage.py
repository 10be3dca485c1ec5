import flask
from flask_migrate import Migrate

from shop import create_app, db

application = create_app()
migrate = Migrate(application, db)
