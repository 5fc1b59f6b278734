"""Dates and times that MySQL has no value for."""

import pytest

from proxy.upstreams.backends.moments import date, timestamp, timestamp_with_zone


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (b"2026-01-31", b"2026-01-31"),
        (b"infinity", b"9999-12-31"),
        (b"-infinity", b"0001-01-01"),
        (b"0044-03-15 BC", b"0001-01-01"),
        (b"0044-03-15 (BC)", b"0001-01-01"),
        (b"12000-01-01", b"9999-12-31"),
    ],
)
def test_date(text: bytes, cell: bytes) -> None:
    assert date(text) == cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (b"2026-01-31 10:11:12.5", b"2026-01-31 10:11:12.5"),
        (b"infinity", b"9999-12-31 23:59:59.999999"),
        (b"-infinity", b"0001-01-01 00:00:00"),
        (b"0044-03-15 10:00:00 BC", b"0001-01-01 00:00:00"),
        (b"0044-03-15 (BC) 10:00:00", b"0001-01-01 00:00:00"),
        (b"12000-01-01 00:00:00", b"9999-12-31 23:59:59.999999"),
    ],
)
def test_timestamp(text: bytes, cell: bytes) -> None:
    assert timestamp(text) == cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (b"2026-01-31 10:11:12+02", b"2026-01-31 10:11:12"),
        (b"2026-01-31 10:11:12.5-03:30", b"2026-01-31 10:11:12.5"),
        (b"2026-01-31 10:11:12", b"2026-01-31 10:11:12"),
        (b"infinity", b"9999-12-31 23:59:59.999999"),
        (b"0044-03-15 10:00:00+00 BC", b"0001-01-01 00:00:00"),
    ],
)
def test_timestamp_with_zone(text: bytes, cell: bytes) -> None:
    assert timestamp_with_zone(text) == cell
