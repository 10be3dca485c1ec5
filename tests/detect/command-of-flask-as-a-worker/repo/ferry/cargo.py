import click
from flask.cli import with_appcontext
from redis import Redis
from rq import SimpleWorker


@click.command("load-cargo")
@with_appcontext
def load_cargo():
    SimpleWorker(["cargo"], connection=Redis()).work()
