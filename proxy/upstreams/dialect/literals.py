"""Strings that MySQL reads as numbers and dates, read while translating.

https://dev.mysql.com/doc/refman/8.4/en/date-and-time-literals.html
"""

import re
from datetime import date

_NUMBER = re.compile(r"\s*([-+]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([-+]?[0-9]{1,3}))?")
_SEPARATED = re.compile(
    r"\s*([0-9]{2,4})[-/.:,^@*+]([0-9]{1,2})[-/.:,^@*+]([0-9]{1,2})"
    r"(?:[T\s]+([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{0,6})[0-9]*)?)?)?)?\s*$"
)
_DIGITS = re.compile(
    r"\s*([0-9]{4}|[0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?(?:\.([0-9]{0,6}))?\s*$"
)
_TIME = re.compile(
    r"\s*(-?)(?:([0-9]{1,9})\s+)?([0-9]{1,3}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{0,6})[0-9]*)?)?\s*$"
)
_BARE_TIME = re.compile(r"\s*(-?)([0-9]{0,9}?)([0-9]{0,2}?)([0-9]{1,2})(?:\.([0-9]{0,6}))?\s*$")
ZERO_DATE = re.compile(r"\s*0{4}-0{1,2}-0{1,2}(?:[ T][0:.]*)?\s*$")


def numeric_prefix(text: str) -> str:
    """The number that a string begins with, in plain form: ``'12abc'`` is ``12``, ``'x'`` is ``0``."""
    match = _NUMBER.match(text)
    if not match:
        return "0"
    sign, digits, exponent = match.groups()
    whole, point, fraction = digits.partition(".")
    plain = (whole.lstrip("0") or "0") + (point + fraction if fraction else "")
    return ("-" if sign == "-" else "") + plain + (f"e{int(exponent)}" if exponent else "")


def is_number(text: str) -> bool:
    """The whole string is a number."""
    match = _NUMBER.match(text)
    return bool(match) and text[match.end() :].strip() == "" if match else False


def moment_literal(text: str) -> str | None:
    """``YYYY-MM-DD`` or ``YYYY-MM-DD HH:MM:SS[.ffffff]``; None when MySQL reads no date there (or the zero date)."""
    match = _SEPARATED.match(text) or _DIGITS.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction = match.groups()
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        plain = date(number, int(month), int(day)).isoformat()
    except ValueError:
        return None
    if hour is None:
        return plain
    parts = int(hour), int(minute or 0), int(second or 0)
    if parts[0] > 23 or parts[1] > 59 or parts[2] > 59:
        return None
    clock = "{:02}:{:02}:{:02}".format(*parts)
    return f"{plain} {clock}" + (f".{fraction}" if fraction else "")


def time_literal(text: str) -> str | None:
    """``[-]HHH:MM:SS[.ffffff]``; a number is read from its end: ``1130`` is ``00:11:30``."""
    match = _TIME.match(text)
    if match:
        sign, days, hours, minutes, seconds, fraction = match.groups()
        total = int(days or 0) * 24 + int(hours)
    else:
        match = _BARE_TIME.match(text)
        if not match:
            return None
        sign, hours, minutes, seconds, fraction = match.groups()
        total = int(hours or 0)
    if int(minutes or 0) > 59 or int(seconds or 0) > 59:
        return None
    tail = f".{fraction}" if fraction else ""
    return f"{sign}{total:02}:{int(minutes or 0):02}:{int(seconds or 0):02}{tail}"
