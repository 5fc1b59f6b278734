"""Date functions over SQLite's text dates, with what a column may hold."""

import pytest

from proxy.upstreams.dialect.sqlite_dates import FUNCTIONS


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (("date_add", "2024-01-31", 1, "MONTH", 1), "2024-02-29"),
        (("date_add", "2024-03-31", 1, "MONTH", -1), "2024-02-29"),
        (("date_add", "2024-01-01 00:00:00", 1, "DAY", 1), "2024-01-02 00:00:00"),
        (("date_add", "2024-01-01", "1:30", "HOUR_MINUTE", 1), "2024-01-01 01:30:00"),
        (("date_add", "2024-01-01", "1-2", "YEAR_MONTH", -1), "2022-11-01"),
        (("date_add", "2024-01-01", "2 days", "DAY", 1), "2024-01-03"),
        (("date_add", "10:00:00", 90, "MINUTE", 1), "11:30:00"),
        (("date_add", "9999-12-31", 1, "DAY", 1), None),
        (("date_add", "2024-01-01", 10**9, "YEAR", 1), None),
        (("date_add", "2024-01-01", 10**15, "SECOND", 1), None),
        (("date_add", "soon", 1, "DAY", 1), None),
        (("timestampdiff", "MONTH", "2024-01-31", "2024-02-29"), 0),
        (("timestampdiff", "MONTH", "2024-02-29", "2024-01-31"), 0),
        (("timestampdiff", "MONTH", "2024-01-15 12:00:00", "2024-02-15 11:00:00"), 0),
        (("timestampdiff", "MONTH", "2024-01-15 11:00:00", "2024-02-15 12:00:00"), 1),
        (("timestampdiff", "YEAR", "2002-05-01", "2001-01-01"), -1),
        (("timestampdiff", "DAY", "2024-01-02 12:00:00", "2024-01-01"), -1),
        (("timestampdiff", "WEEK", "2024-01-01", "2024-01-15"), 2),
        (("timestampdiff", "MICROSECOND", "2024-01-01", "2024-01-01 00:00:00.5"), 500000),
        (("timestampdiff", "DAY", "x", "2024-01-01"), None),
        (("datediff", "2024-03-01", "2024-02-28"), 2),
        (("datediff", "2024-03-01", "x"), None),
        (("timediff", "2024-01-02 00:00:00", "2024-01-01 12:00:00"), "12:00:00"),
        (("timediff", "00:30", "01:00"), "-00:30:00"),
        (("timediff", "x", "01:00"), None),
        (("addtime", "2024-01-01", "25:00:00"), "2024-01-02 01:00:00"),
        (("subtime", "00:30:00", "01:00:00"), "-00:30:00"),
        (("addtime", "2024-01-01", "x"), None),
        (("convert_tz", "2024-07-01 12:00:00", "UTC", "Europe/Zurich"), "2024-07-01 14:00:00"),
        (("convert_tz", "2024-07-01 12:00:00", "+02:00", "-03:30"), "2024-07-01 06:30:00"),
        (("convert_tz", "2024-07-01 12:00:00", "UTC", "../../etc/passwd"), None),
        (("convert_tz", "2024-07-01 12:00:00", "UTC", "Mars/Base"), None),
        (("convert_tz", "2024-07-01 12:00:00", "UTC", "+99:00"), None),
        (("convert_tz", "x", "UTC", "UTC"), None),
        (("hour", "2024-01-01"), 0),
        (("hour", "-26:10:00"), 26),
        (("minute", "2024-01-01 10:11:12"), 11),
        (("second", "x"), None),
        (("microsecond", "10:00:00.25"), 250000),
        (("dayofweek", "2024-01-07"), 1),
        (("weekday", "2024-01-07"), 6),
        (("dayofyear", "2024-12-31"), 366),
        (("quarter", "2024-03-31"), 1),
        (("last_day", "2023-02-01"), "2023-02-28"),
        (("dayname", "2024-01-07"), "Sunday"),
        (("monthname", "x"), None),
        (("makedate", 2024, 60), "2024-02-29"),
        (("makedate", 69, 1), "2069-01-01"),
        (("makedate", 99, 1), "1999-01-01"),
        (("makedate", 2024, 0), None),
        (("maketime", -1, 30, 0), "-01:30:00"),
        (("maketime", 838, 59, 59.5), "838:59:59.500000"),
        (("maketime", 1, 60, 0), None),
        (("maketime", 1, 0, -1), None),
        (("to_days", "2007-10-07"), 733321),
        (("from_days", 733321), "2007-10-07"),
        (("to_seconds", "2009-11-29 13:43:32"), 63426721412),
        (("sec_to_time", -3661), "-01:01:01"),
        (("time_to_sec", "-01:01:01"), -3661),
        (("time_to_sec", "2024-01-01 00:01:00"), 60),
        (("period_add", 200812, 1), 200901),
        (("period_diff", 200901, 200812), 1),
        (("weekofyear", "2021-01-03"), 53),
        (("time", "x"), None),
        (("timestamp", "2003-12-31 12:00:00", "12:00:00"), "2004-01-01 00:00:00"),
    ],
    ids=lambda each: str(each)[:70],
)
def test_results(call: tuple[object, ...], result: object) -> None:
    name, *arguments = call
    assert FUNCTIONS[str(name)](*arguments) == result


def test_a_moment_and_its_seconds_since_1970() -> None:
    moment = "2024-05-06 07:08:09"
    assert FUNCTIONS["from_unixtime"](FUNCTIONS["unix_timestamp"](moment)) == moment
