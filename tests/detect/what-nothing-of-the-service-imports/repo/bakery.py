from flask import Flask

from ovens import heat

app = Flask(__name__)
app.config["HEAT"] = heat()
