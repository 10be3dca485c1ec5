"""The JSON API."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bookmarks.extensions import db
from bookmarks.models import Bookmark

blueprint = Blueprint("bookmarks", __name__, url_prefix="/bookmarks")


@blueprint.get("")
def list_bookmarks() -> Response:
    bookmarks = db.session.scalars(select(Bookmark).order_by(Bookmark.id))
    return jsonify(bookmarks=[bookmark.to_dict() for bookmark in bookmarks])


@blueprint.post("")
def add_bookmark() -> ResponseReturnValue:
    body = request.get_json()
    url = body.get("url", "") if isinstance(body, dict) else ""
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
        abort(422, "`url` must be an http or https address")

    bookmark = Bookmark(url=url, title=str(body.get("title") or url)[:200])
    db.session.add(bookmark)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        abort(409, "that address is in the list already")
    location = url_for("bookmarks.get_bookmark", bookmark_id=bookmark.id)
    return bookmark.to_dict(), 201, {"Location": location}


@blueprint.get("/<int:bookmark_id>")
def get_bookmark(bookmark_id: int) -> ResponseReturnValue:
    return db.get_or_404(Bookmark, bookmark_id).to_dict()


@blueprint.delete("/<int:bookmark_id>")
def delete_bookmark(bookmark_id: int) -> ResponseReturnValue:
    db.session.delete(db.get_or_404(Bookmark, bookmark_id))
    db.session.commit()
    return "", 204
