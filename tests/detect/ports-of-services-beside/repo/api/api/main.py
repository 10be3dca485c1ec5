from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def front():
    return {}
