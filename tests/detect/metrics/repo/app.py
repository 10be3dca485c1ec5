from fastapi import FastAPI
from prometheus_client import make_asgi_app

app = FastAPI()
app.mount("/internal/metrics", make_asgi_app())
