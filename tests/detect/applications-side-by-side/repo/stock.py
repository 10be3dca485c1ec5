from shared import app


@app.get("/stock")
def stock():
    return []
