from flask import Flask


class Server:
    def __init__(self):
        self.app = Flask(__name__)


def create_app():
    server = Server()
    return server.app
