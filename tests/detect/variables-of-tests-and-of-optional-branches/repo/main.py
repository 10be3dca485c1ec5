from fastapi import FastAPI

from options import Live

app = FastAPI(title=Live().title)
