from acme_settings import Env

env = Env()
UPLOADS = env.int("UPLOADS_PER_HOUR", default=3)
THEME = env("SITE_THEME")
