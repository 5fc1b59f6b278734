"""Formats and weeks over SQLite's text dates."""

import pytest

from proxy.upstreams.dialect.sqlite_formats import date_format, str_to_date, time_format, week, yearweek


@pytest.mark.parametrize(
    ("moment", "pattern", "text"),
    [
        ("2009-10-04 22:23:00", "%W %M %Y", "Sunday October 2009"),
        ("1900-10-04 22:23:00", "%D %y %a %d %m %b %j", "4th 00 Thu 04 10 Oct 277"),
        ("1997-10-04 22:23:00", "%H %k %I %r %T %S %w", "22 22 10 10:23:00 PM 22:23:00 00 6"),
        ("1999-01-01", "%X %V %x %v %u %U", "1998 52 1998 53 00 00"),
        ("2024-01-01 12:00:00.000007", "%l %p %f", "12 PM 000007"),
        ("0999-01-01", "%Y", "0999"),
        ("2024-01-12", "%D", "12th"),
        ("2024-01-23", "%D", "23rd"),
        ("2024-01-01", "%q %% %", "q % %"),
        ("2024-01-01", "", None),
        ("10:11:12", "%Y %H", "2010 00"),
        ("soon", "%Y", None),
    ],
)
def test_date_format(moment: str, pattern: str, text: str | None) -> None:
    assert date_format(moment, pattern) == text


@pytest.mark.parametrize(
    ("moment", "pattern", "text"), [("10:05:03", "%H %k %h %i %s", "10 10 10 05 03"), ("x", "%H", None)]
)
def test_time_format(moment: str, pattern: str, text: str | None) -> None:
    assert time_format(moment, pattern) == text


@pytest.mark.parametrize(
    ("text", "pattern", "moment"),
    [
        ("01,5,2013", "%d,%m,%Y", "2013-05-01"),
        ("May 1, 2013 10", "%M %e, %Y %k", "2013-05-01 10:00:00"),
        ("10:11 PM", "%h:%i %p", "22:11:00"),
        ("2013-02-30", "%Y-%m-%d", None),
        ("2013-02-01x", "%Y-%m-%d", None),
        ("2013", "%Q", None),
        ("2013", "%Y%", None),
        ("(", "(", "00:00:00"),
    ],
)
def test_str_to_date(text: str, pattern: str, moment: str | None) -> None:
    assert str_to_date(text, pattern) == moment


@pytest.mark.parametrize(
    ("moment", "weeks"),
    [
        ("2000-01-01", [0, 0, 52, 52, 0, 0]),
        ("2014-01-01", [0, 1, 52, 1, 1, 0]),
        ("2008-02-20", [7, 8, 7, 8, 8, 7]),
        ("2024-12-31", [52, 53, 52, 1, 53, 53]),
    ],
)
def test_weeks_by_mode(moment: str, weeks: list[int]) -> None:
    assert [week(moment, mode) for mode in range(6)] == weeks


@pytest.mark.parametrize(
    ("moment", "mode", "number"),
    [("1987-01-01", 0, 198652), ("1987-01-01", 1, 198701), ("2000-01-01", 2, 199952), ("x", 0, None)],
)
def test_yearweek(moment: str, mode: int, number: int | None) -> None:
    assert yearweek(moment, mode) == number
