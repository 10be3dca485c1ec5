import os

from .base import *

X = os.environ["DEV_ONLY"]
