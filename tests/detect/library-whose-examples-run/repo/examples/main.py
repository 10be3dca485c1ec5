from fastapi import FastAPI

from panel.app import app as panel

app = FastAPI()
app.mount("/panel", panel)
