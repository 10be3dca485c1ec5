import os

from helpers import Setting, env_bool, secret, table_entry

FEATURE = env_bool("FEATURE", False)
KEY = secret("SIGNING_KEY")
PAGE = Setting(str, "x", "SITE_PAGE")
ENTRIES = [{"name": "HOST"}, {"name": "LIMIT"}]
VALUES = {entry["name"]: table_entry(**entry) for entry in ENTRIES}
for name in ("FIRST_NAME", "SECOND_NAME"):
    os.environ.get(name)
getenv = os.environ.get
X = getenv("ALIASED")
