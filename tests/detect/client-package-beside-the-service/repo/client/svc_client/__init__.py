import os

SERVER = os.environ["CLIENT_SERVER"]
