from flask import Blueprint

pages = Blueprint("pages", __name__)
packages = Blueprint("packages", __name__)
