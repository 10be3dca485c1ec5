import argparse

from svc.app import create_app


def main():
    args = argparse.ArgumentParser().parse_args()
    app = create_app(args)
    return app
