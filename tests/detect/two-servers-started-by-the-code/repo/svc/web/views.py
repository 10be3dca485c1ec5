from flask import Flask

application = Flask(__name__)


@application.route("/healthy")
def healthy():
    return "ok"
