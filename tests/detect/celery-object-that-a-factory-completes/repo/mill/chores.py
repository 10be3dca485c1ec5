from mill import stones


@stones.task
def grind(sacks):
    return sacks * 12
