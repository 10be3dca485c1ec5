from svc import main


def app(*args, **kwargs):
    return main()
