import pytest

from config.environment import redis_url


@pytest.mark.parametrize(
    ("url", "password", "expected"),
    [
        ("redis://redis:6379", None, "redis://redis:6379/1"),
        ("redis://redis:6379", "", "redis://redis:6379/1"),
        ("redis://redis:6379/7", "s3cret", "redis://:s3cret@redis:6379/1"),
        ("redis://redis:6379", "p@ss/w:rd#", "redis://:p%40ss%2Fw%3Ard%23@redis:6379/1"),
        ("rediss://:given@redis:6380", "other", "rediss://:given@redis:6380/1"),
    ],
)
def test_redis_url(url, password, expected):
    assert redis_url(url, password, database=1) == expected
