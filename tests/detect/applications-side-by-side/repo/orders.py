from shared import app


@app.get("/orders")
def orders():
    return []
