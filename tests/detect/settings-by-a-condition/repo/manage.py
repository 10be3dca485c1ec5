import os
import sys

SETTINGS = "harbour.deployment" if "SITE_HOST" in os.environ else "harbour.settings"

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
