"""MySQL's date formats and weeks over SQLite's text dates."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from proxy.upstreams.dialect.sqlite_moments import clock, moment_of, seconds_of, written


def week(value: Any, mode: int) -> int | None:
    moment = moment_of(value)
    if moment is None:
        return None
    day, sunday, iso = moment.timetuple().tm_yday, moment.isoweekday() % 7, moment.isoweekday()
    if mode == 2:
        return _week_of_sunday(moment)[1]
    weeks = {0: (day + 6 - sunday) // 7, 1: (day - iso + 10) // 7, 3: moment.isocalendar()[1]}
    weeks |= {4: (day - sunday + 9) // 7, 5: (day + 7 - iso) // 7}
    return weeks.get(mode)


def _week_of_sunday(moment: datetime) -> tuple[int, int]:
    sunday = moment - timedelta(days=moment.isoweekday() % 7)
    return sunday.year, (sunday.timetuple().tm_yday + 6) // 7


def yearweek(value: Any, mode: int) -> int | None:
    moment = moment_of(value)
    if moment is None:
        return None
    year, number = moment.isocalendar()[:2] if mode in (1, 3) else _week_of_sunday(moment)
    return year * 100 + number


def _suffix(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _strftime(letter: str) -> Callable[[datetime], str]:
    return lambda moment: moment.strftime(f"%{letter}")


_SPECIFIERS: dict[str, Callable[[datetime], Any]] = {
    **{letter: _strftime(letter) for letter in "ymdHIpBbaj"},
    "Y": lambda moment: f"{moment.year:04}",
    "M": lambda moment: moment.strftime("%B"),
    "W": lambda moment: moment.strftime("%A"),
    "c": lambda moment: moment.month,
    "e": lambda moment: moment.day,
    "D": lambda moment: f"{moment.day}{_suffix(moment.day)}",
    "k": lambda moment: moment.hour,
    "h": lambda moment: moment.strftime("%I"),
    "l": lambda moment: (moment.hour + 11) % 12 + 1,
    "i": lambda moment: f"{moment.minute:02}",
    "s": lambda moment: f"{moment.second:02}",
    "S": lambda moment: f"{moment.second:02}",
    "f": lambda moment: f"{moment.microsecond:06}",
    "T": lambda moment: moment.strftime("%H:%M:%S"),
    "r": lambda moment: moment.strftime("%I:%M:%S %p"),
    "w": lambda moment: moment.isoweekday() % 7,
    "u": lambda moment: f"{week(moment, 1):02}",
    "U": lambda moment: f"{week(moment, 0):02}",
    "v": lambda moment: f"{moment.isocalendar()[1]:02}",
    "V": lambda moment: f"{week(moment, 2):02}",
    "x": lambda moment: moment.isocalendar()[0],
    "X": lambda moment: _week_of_sunday(moment)[0],
}


def time_format(value: Any, pattern: str) -> str | None:
    seconds = seconds_of(value)
    if seconds is None:
        return None
    hours, rest = divmod(abs(seconds), 3600)
    moment = datetime(1900, 1, 1, int(hours) % 24) + timedelta(seconds=rest)
    beyond = {"H": f"{int(hours):02}", "k": f"{int(hours)}", "T": f"{int(hours):02}:{moment:%M:%S}"}
    text = _formatted(moment, pattern, beyond)
    return f"-{text}" if text is not None and seconds < 0 else text


def date_format(value: Any, pattern: str) -> str | None:
    moment = moment_of(value)
    return time_format(value, pattern) if moment is None else _formatted(moment, pattern)


def _formatted(here: datetime, pattern: str, beyond: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """``beyond``: what is not the moment's, by specifier."""
    if not pattern:
        return None
    return re.sub(r"%(.)", lambda match: beyond.get(match[1]) or _specified(match[1], here), pattern)


def _specified(letter: str, moment: datetime) -> str:
    known = _SPECIFIERS.get(letter)
    return str(known(moment)) if known else letter


_READ = {"M": "%B", "i": "%M", "s": "%S", "W": "%A", "c": "%m", "e": "%d", "h": "%I", "k": "%H", "l": "%I"}
_READ |= {"T": "%H:%M:%S", "r": "%I:%M:%S %p"}


def str_to_date(text: Any, pattern: str) -> str | None:
    python = re.sub(r"%(.)", lambda match: _READ.get(match[1], f"%{match[1]}"), pattern)
    try:
        moment = datetime.strptime(str(text), python)
    except ValueError:
        return None
    has_time = any(f"%{each}" in pattern for each in "HhIiklprSsTf")
    has_date = any(f"%{each}" in pattern for each in "YymcdejMb")
    return written(moment, as_date=not has_time) if has_date else clock(seconds_of(f"{moment:%H:%M:%S}") or 0)
