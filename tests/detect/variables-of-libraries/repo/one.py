from decouple import config

A = config("DECOUPLED", default=1, cast=int)
B = config("RAW_CREDENTIALS")
