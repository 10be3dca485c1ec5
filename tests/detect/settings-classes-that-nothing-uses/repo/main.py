from fastapi import FastAPI

from quay.config import settings
from quay.store import engine

app = FastAPI(title=settings.QUAY_NAME)
app.state.engine = engine
