from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.time_zones import _HALF_HOURS, duckdb_zone, postgresql_zone
from proxy.upstreams.types import Backend


@pytest.mark.parametrize(
    ("zone", "postgresql", "duckdb"),
    [
        ("UTC", "UTC", "UTC"),
        ("Europe/Berlin", "Europe/Berlin", "Europe/Berlin"),
        ("+02:00", "<+02:00>-02:00", "Etc/GMT-2"),
        ("-11:00", "<-11:00>+11:00", "Etc/GMT+11"),
        ("+05:45", "<+05:45>-05:45", "Asia/Kathmandu"),
        ("-03:17", "<-03:17>+03:17", "-03:17"),
    ],
)
def test_names(zone: str, postgresql: str, duckdb: str) -> None:
    assert (postgresql_zone(zone), duckdb_zone(zone)) == (postgresql, duckdb)


@pytest.mark.parametrize(("offset", "name"), _HALF_HOURS.items())
@pytest.mark.parametrize("month", [1, 7])
def test_a_zone_for_an_offset_is_never_at_another(offset: str, name: str, month: int) -> None:
    hours, minutes = int(offset[1:3]), int(offset[4:])
    east = timedelta(hours=hours, minutes=minutes) * (1 if offset[0] == "+" else -1)
    assert datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(name)).utcoffset() == east


def test_an_offset_that_no_zone_has(duckdb_backend: Backend) -> None:
    with pytest.raises(UpstreamError) as caught:
        duckdb_backend.connect("", "").set_time_zone("-03:17")
    assert caught.value.number == 1298
