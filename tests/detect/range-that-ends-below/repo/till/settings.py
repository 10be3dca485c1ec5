SECRET_KEY = "not one"
ROOT_URLCONF = "till.urls"
