from configurations import Configuration, values

from shop.caches import made


class Base(Configuration):
    INSTALLED_APPS = ["shop"]
    ALLOWED_HOSTS = values.ListValue([])
    STATIC_ROOT = "collected"
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": values.Value("shop", environ_name="DB_NAME", environ_prefix=None),
            "PASSWORD": values.Value(environ_name="DB_PASSWORD", environ_prefix=None),
        }
    }
    CACHES = made()


class Test(Base):
    STATIC_ROOT = None
