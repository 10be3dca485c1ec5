from dockerflow.fastapi import router as checks
from fastapi import FastAPI

app = FastAPI()
app.include_router(checks)
