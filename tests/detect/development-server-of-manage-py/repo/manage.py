from flask.cli import FlaskGroup
from rq import Connection, Worker

from quay import create_app
from quay.store import store

cli = FlaskGroup(create_app=create_app)


@cli.command("work")
def work():
    with Connection(store):
        Worker(["default"]).work()


if __name__ == "__main__":
    cli()
