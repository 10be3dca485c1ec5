from flask import Flask

import conf
import limits
import parsed

app = Flask(__name__)
