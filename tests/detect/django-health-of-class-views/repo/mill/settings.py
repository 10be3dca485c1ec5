SECRET_KEY = "x"
ROOT_URLCONF = "mill.urls"
ALLOWED_HOSTS = ["*"]
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
