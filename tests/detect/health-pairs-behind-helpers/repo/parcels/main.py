from fastapi import FastAPI

from parcels.doctor import Doctor

app = FastAPI()
doctor = Doctor()


@app.get("/health")
async def health():
    return {"state": "up"}


@app.get("/ready")
async def ready():
    return {"parcels": await doctor.examine()}
