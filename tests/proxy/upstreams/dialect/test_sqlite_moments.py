"""SQLite's text dates and times."""

from datetime import datetime

import pytest

from proxy.upstreams.dialect.sqlite_moments import clock, moment_of, seconds_of, written


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-01-31", datetime(2024, 1, 31)),
        ("2024-01-31 10:11:12.5", datetime(2024, 1, 31, 10, 11, 12, 500000)),
        (20240131, datetime(2024, 1, 31)),
        ("2024-02-30", None),
        ("", None),
        (b"x", None),
    ],
)
def test_moment_of(value: object, moment: datetime | None) -> None:
    assert moment_of(value) == moment


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("01:01:01.5", 3661.5),
        ("-01:01:01", -3661),
        ("2024-01-31 00:01:00", 60),
        ("2024-01-31", 0),
        ("2024-02-30", None),
        ("x", None),
        (130, 90),
    ],
)
def test_seconds_of(value: object, seconds: float | None) -> None:
    assert seconds_of(value) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00"),
        (3661, "01:01:01"),
        (-0.5, "-00:00:00.500000"),
        (359999.9999999, "100:00:00"),
        (0.000001, "00:00:00.000001"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_written() -> None:
    moment = datetime(987, 1, 2, 3, 4, 5)
    assert written(moment, as_date=True) == "0987-01-02"
    assert written(moment, as_date=False) == "0987-01-02 03:04:05"
    assert written(moment.replace(microsecond=7), as_date=False) == "0987-01-02 03:04:05.000007"
