from fastapi import HTTPException, Request


def show_badge(request: Request):
    if "badge" not in request.cookies:
        refuse()


def refuse():
    raise HTTPException(status_code=401)
