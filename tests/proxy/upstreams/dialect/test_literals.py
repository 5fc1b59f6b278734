"""Strings as MySQL reads them where it wants a number, a date or a time."""

import pytest

from proxy.upstreams.dialect.literals import ZERO_DATE, is_number, moment_literal, numeric_prefix, time_literal


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12abc", "12"),
        ("x", "0"),
        ("", "0"),
        (" -1.50", "-1.50"),
        ("+007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3x", "1e3"),
        ("1e-03", "1e-3"),
        ("1e9999", "1e999"),
        ("- 1", "0"),
        ("0x1A", "0"),
        ("٣", "0"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_the_number_that_a_string_begins_with(text: str, number: str) -> None:
    assert numeric_prefix(text) == number


@pytest.mark.parametrize(("text", "whole"), [("1", True), (" 1.5e3 ", True), ("1x", False), ("", False), ("٣", False)])
def test_whether_all_of_it_is_one(text: str, whole: bool) -> None:
    assert is_number(text) is whole


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31"),
        (" 2026/1/3 ", "2026-01-03"),
        ("26.1.3", "2026-01-03"),
        ("70-01-01", "1970-01-01"),
        ("69-01-01", "2069-01-01"),
        ("20260131", "2026-01-31"),
        ("260131", "2026-01-31"),
        ("20260131235959", "2026-01-31 23:59:59"),
        ("20260131235959.5", "2026-01-31 23:59:59.5"),
        ("2026-01-31 5", "2026-01-31 05:00:00"),
        ("2026-01-31T05:06", "2026-01-31 05:06:00"),
        ("2026-01-31 05:06:07.1234567", "2026-01-31 05:06:07.123456"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    assert moment_literal(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-02-30",
        "2026-13-01",
        "0000-00-00",
        "2026-01-31 24:00:00",
        "2026-01-31 00:60:00",
        "2026-01-31 00:00:60",
        "2026-01-31x",
        "2026-01",
        "٢٠٢٦-01-01",
        "9" * 5000,
    ],
)
def test_what_is_no_moment(text: str) -> None:
    assert moment_literal(text) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1:2:3", "01:02:03"),
        ("-838:59:59", "-838:59:59"),
        ("12:30", "12:30:00"),
        ("2 1:00", "49:00:00"),
        ("1130", "00:11:30"),
        ("5", "00:00:05"),
        ("-10203.5", "-01:02:03.5"),
        (" 1:2:3.1234567 ", "01:02:03.123456"),
    ],
)
def test_times(text: str, time: str) -> None:
    assert time_literal(text) == time


@pytest.mark.parametrize("text", ["", "noon", "1:60", "1:00:60", "160", "1:2:3:4", "9" * 5000, "9" * 5000 + " 1:00"])
def test_what_is_no_time(text: str) -> None:
    assert time_literal(text) is None


@pytest.mark.parametrize("text", ["0000-00-00", " 0000-0-0 ", "0000-00-00 00:00:00.000"])
def test_the_zero_date(text: str) -> None:
    assert ZERO_DATE.match(text)
    assert not ZERO_DATE.match("0000-00-01")


@pytest.mark.parametrize(
    "text", [" " * 100_000 + "x", "1" * 100_000 + "x", "0" * 100_000 + ":"], ids=["blank", "ones", "zeros"]
)
def test_hostile_texts_take_no_longer_than_others(text: str) -> None:
    assert time_literal(text) is None
    assert moment_literal(text) is None
    numeric_prefix(text)
