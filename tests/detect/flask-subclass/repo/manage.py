from flask.cli import FlaskGroup

cli = FlaskGroup()
