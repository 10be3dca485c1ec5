from fastapi import FastAPI

from mill.grind import flour

app = FastAPI()


@app.post("/flour")
async def order(sacks: int):
    await flour.kiq(sacks)
