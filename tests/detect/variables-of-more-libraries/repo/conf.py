from everett.manager import ConfigManager

_config = ConfigManager.basic_config()
SITE_NAME = _config("SITE_NAME", default="shop", doc="shown")
SIGNING_SECRET = _config("SIGNING_SECRET")
CACHE_SECONDS = _config("CACHE_SECONDS", default="60", parser=int)
