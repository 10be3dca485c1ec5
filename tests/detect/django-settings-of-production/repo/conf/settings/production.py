from .base import *

STATIC_ROOT = "static"
