import os

from flask import Flask

MODE = os.environ["SERVICE_MODE"]
app = Flask(__name__)
