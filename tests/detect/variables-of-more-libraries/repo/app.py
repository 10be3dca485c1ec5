from flask import Flask

import conf
import parsed

app = Flask(__name__)
