from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/metrics")
def metrics():
    return jsonify(visitors=3)
