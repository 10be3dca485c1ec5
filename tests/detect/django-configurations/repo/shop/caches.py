def made():
    return {"default": {"BACKEND": "django_redis.cache.RedisCache"}}
