import click


@click.command()
@click.option("--listen", envvar="LISTEN_ON", default="0.0.0.0")
def serve(listen):
    pass
