import os

X = os.environ["DOCS"]
