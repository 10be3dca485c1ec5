try:
    thing = 1
except ValueError, TypeError:
    pass
