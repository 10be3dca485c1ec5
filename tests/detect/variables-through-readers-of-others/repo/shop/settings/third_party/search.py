import environ

env = environ.Env()
env.prefix = "SEARCH_"
SEARCH = {"host": env.str("HOST", default="localhost"), "password": env.str("PASSWORD")}
