from django.db import connection


def deep(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def admin(request):
    return None
