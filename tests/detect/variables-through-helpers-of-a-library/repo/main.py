from fastapi import FastAPI

import settings

app = FastAPI(title=settings.TITLE)
