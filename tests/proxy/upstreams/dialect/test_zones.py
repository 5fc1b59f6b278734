"""Time zones by MySQL's names."""

from datetime import datetime, timedelta

import pytest

from proxy.upstreams.dialect.zones import zone_of


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("+05:30", 330),
        ("-3:30", -210),
        ("+14:00", 840),
        ("-13:59", -839),
        ("+00:00", 0),
        ("SYSTEM", 0),
        ("utc", 0),
        ("Asia/Kathmandu", 345),
        ("asia/KOLKATA", 330),
    ],
)
def test_a_zone(name: str, minutes: int) -> None:
    zone = zone_of(name)
    assert zone is not None
    assert zone.utcoffset(datetime(2026, 1, 1)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "+14:01", "-14:00", "+99:00", "+01:60", "01:00", "+1", "Nowhere/Land", "Europe", "../../etc/passwd"),
        *("/etc/localtime", "Europe/Zurich\0", "x'y; --", "z" * 5000, "+\uff11\uff11:\uff10\uff10"),
    ],
)
def test_there_is_no_such_zone(name: str) -> None:
    assert zone_of(name) is None
