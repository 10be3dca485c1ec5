from celery import Celery
from flask import Flask

queue = Celery("svc")


def create_app():
    return Flask(__name__)
