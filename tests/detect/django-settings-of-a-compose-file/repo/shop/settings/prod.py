from .docker import *
