"""Use it.

    app = Flask(__name__)
"""
