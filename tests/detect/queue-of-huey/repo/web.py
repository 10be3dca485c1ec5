from flask import Flask

import chores

app = Flask(__name__)
app.chores = chores
