from fastapi import FastAPI

from atlas.core.factory import router
from atlas.web import __version__

app = FastAPI(version=__version__)
app.include_router(router)
