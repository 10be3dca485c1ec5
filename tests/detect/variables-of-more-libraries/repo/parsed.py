from envparse import env

GREETING = env("GREETING", default="hello")
MAIL_PASSWORD = env.str("MAIL_PASSWORD")
