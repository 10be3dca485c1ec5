from fastapi import FastAPI

from svc.routers import router
from svc.settings import settings

app = FastAPI()
frontend = FastAPI()
api = FastAPI()
api.include_router(router, prefix=settings.PREFIX)
app.mount("/api/v1", app=api)
app.mount("/", app=frontend)
