from .jobs import jobs


@jobs.task(name="grind")
def grind():
    return 1
