from mill import create_app, stones
from mill import chores

app = create_app()


@app.post("/sacks")
def sacks():
    chores.grind.delay(3)
    return "", 202
