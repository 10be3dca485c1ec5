"""The smallest service: what its image must be able to import and serve."""

from flask import Flask

app = Flask(__name__)


@app.get("/livez")
def livez() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "ok"}
