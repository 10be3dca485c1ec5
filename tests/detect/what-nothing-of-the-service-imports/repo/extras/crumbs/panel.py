import os
import sqlite3

from flask import Flask

panel = Flask("panel")
TOKEN = os.environ["PANEL_TOKEN"]


@panel.get("/health")
def health():
    return sqlite3.connect("crumbs.db").execute("select 1").fetchone()
