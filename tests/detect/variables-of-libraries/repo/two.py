import environ

env = environ.Env(SCHEMED=(bool, False))
DB = env.db()
C = env.cache("MY_CACHE_URL")
X = env("PLAIN")
