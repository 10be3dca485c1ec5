from fastapi import FastAPI

from queue_of.jobs import jobs

app = FastAPI()


@app.get("/livez")
async def livez():
    return {}


@app.post("/grind")
async def grind():
    jobs.send_task("grind")
    return {}
