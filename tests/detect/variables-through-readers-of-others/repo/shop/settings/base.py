from company_common.envs import get_bool, get_string
from environs import env

from shop.settings.third_party.search import *

INSTALLED_APPS = ["shop"]
TITLE = get_string(name="SHOP_TITLE", default="Shop")
OPEN = get_bool("SHOP_IS_OPEN", True)
PAGES = env.int("PAGES", 10)
