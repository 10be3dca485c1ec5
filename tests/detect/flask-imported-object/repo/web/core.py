from flask import Flask

backend = Flask(__name__)
