from orchard import build

app = build()
jobs = app.jobs
