import os
import random

from flask import Flask, jsonify

app = Flask(__name__)

SIGNATURE = os.environ.get("SIGNATURE", "the internet")

QUOTES = [
    "Simple things should stay simple.",
    "A good name saves a comment.",
    "Measure first, then change it.",
]


@app.route("/")
def index():
    return "<h1>Quotes</h1><p>Ask for one at <a href='/quote'>/quote</a>.</p>"


@app.route("/quote")
def quote():
    return jsonify(text=random.choice(QUOTES), by=SIGNATURE)


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", 8000)), debug=True)
