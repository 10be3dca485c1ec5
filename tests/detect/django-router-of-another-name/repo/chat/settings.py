ROOT_URLCONF = "chat.urls"
