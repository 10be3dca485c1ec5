from flask import Flask


def create_site():
    return Flask(__name__)
