from mill.wheel import broker


@broker.task(schedule=[{"cron": "0 5 * * *"}])
async def flour(sacks: int = 1) -> int:
    return sacks
