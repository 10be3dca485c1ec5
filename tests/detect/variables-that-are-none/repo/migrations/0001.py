import os

X = os.environ["LEGACY"]
