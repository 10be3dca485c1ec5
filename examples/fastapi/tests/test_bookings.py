import pytest


def booking(start="09:00", end="10:00", **fields):
    return {
        "room": "blue",
        "guest": "Ada",
        "starts_at": f"2026-11-23T{start}:00Z",
        "ends_at": f"2026-11-23T{end}:00Z",
        **fields,
    }


def test_book_and_list(client):
    created = client.post("/bookings", json=booking())
    assert created.status_code == 201
    assert client.get("/bookings", params={"room": "blue"}).json() == [created.json()]
    assert client.get("/bookings", params={"room": "red"}).json() == []


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [("09:30", "10:30", 409), ("08:00", "11:00", 409), ("10:00", "11:00", 201)],
)
def test_a_room_is_booked_once(client, start, end, code):
    client.post("/bookings", json=booking())
    assert client.post("/bookings", json=booking(start, end)).status_code == code


def test_times_are_compared_across_zones(client):
    client.post("/bookings", json=booking())
    same_hour = booking(starts_at="2026-11-23T10:30:00+01:00", ends_at="2026-11-23T10:45:00+01:00")
    assert client.post("/bookings", json=same_hour).status_code == 409


def test_another_room_is_free(client):
    client.post("/bookings", json=booking())
    assert client.post("/bookings", json=booking(room="red")).status_code == 201


def test_end_before_start(client):
    assert client.post("/bookings", json=booking("10:00", "09:00")).status_code == 422


def test_a_time_without_a_zone_is_refused(client):
    assert client.post("/bookings", json=booking(starts_at="2026-11-23T09:00")).status_code == 422


def test_delete(client):
    number = client.post("/bookings", json=booking()).json()["id"]
    assert client.delete(f"/bookings/{number}").status_code == 204
    assert client.delete(f"/bookings/{number}").status_code == 404
