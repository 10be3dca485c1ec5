import pytest


def add(client, url="https://www.python.org/", **fields):
    return client.post("/bookmarks", json={"url": url, **fields})


def test_add_and_list(client):
    response = add(client, title="Python")
    assert response.status_code == 201
    assert client.get(response.headers["Location"]).json["title"] == "Python"
    assert [b["url"] for b in client.get("/bookmarks").json["bookmarks"]] == [
        "https://www.python.org/"
    ]


def test_title_defaults_to_the_address(client):
    assert add(client).json["title"] == "https://www.python.org/"


def test_the_same_address_twice_is_a_conflict(client):
    add(client)
    assert add(client).status_code == 409
    assert len(client.get("/bookmarks").json["bookmarks"]) == 1


@pytest.mark.parametrize("url", ["", "python", "javascript:alert(1)", 7, None])
def test_not_an_address(client, url):
    assert add(client, url).status_code == 422


def test_a_body_that_is_no_object(client):
    assert client.post("/bookmarks", json=["https://www.python.org/"]).status_code == 422


def test_delete(client):
    location = add(client).headers["Location"]
    assert client.delete(location).status_code == 204
    assert client.get(location).status_code == 404
