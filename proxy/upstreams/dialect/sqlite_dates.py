"""MySQL's date and time functions over SQLite's text dates."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from proxy.upstreams.dialect.literals import moment_literal, time_literal

_PARTS = {"MICROSECOND": 1e-6, "SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
_ORDER = ("DAY", "HOUR", "MINUTE", "SECOND", "MICROSECOND")
_EPOCH = datetime(1970, 1, 1)
_DAY_ZERO = 719528  # TO_DAYS('1970-01-01')


def _moment(value: Any) -> datetime | None:
    plain = moment_literal(str(value))
    return datetime.fromisoformat(plain) if plain else None


def _seconds(value: Any) -> float | None:
    """Of a TIME, or of a DATETIME's time."""
    if re.match(r"\s*[0-9]{4}-", str(value)):
        moment = _moment(value)
        return (moment - datetime.combine(moment, datetime.min.time())).total_seconds() if moment else None
    plain = time_literal(str(value))
    if plain is None:
        return None
    hours, minutes, seconds = plain.lstrip("-").split(":")
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return -total if plain.startswith("-") else total


def _clock(seconds: float) -> str:
    whole, fraction = divmod(round(abs(seconds) * 1_000_000), 1_000_000)
    text = f"{'-' if seconds < 0 else ''}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return text + (f".{fraction:06}" if fraction else "")


def _written(moment: datetime, *, as_date: bool) -> str:
    if as_date:
        return moment.date().isoformat()
    return moment.isoformat(" ", "microseconds" if moment.microsecond else "seconds")


def _add_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _amounts(amount: Any, unit: str) -> dict[str, float]:
    """What each simple unit is to be added of."""
    if unit in _PARTS or unit in ("MONTH", "QUARTER", "YEAR"):
        number = float(amount)
        return {unit: number if unit == "SECOND" else round(number)}
    first, last = unit.split("_")
    parts = ("YEAR", "MONTH") if unit == "YEAR_MONTH" else _ORDER[_ORDER.index(first) : _ORDER.index(last) + 1]
    numbers = [int(each) for each in re.findall(r"[0-9]+", str(amount))][: len(parts)]
    sign = -1 if str(amount).lstrip().startswith("-") else 1
    return {part: sign * number for part, number in zip(reversed(parts), reversed(numbers), strict=False)}


def _date_add(value: Any, amount: Any, unit: str, sign: int) -> str | None:
    amounts = {part: number * sign for part, number in _amounts(amount, unit).items()}
    seconds = sum(_PARTS.get(part, 0) * number for part, number in amounts.items())
    months = amounts.get("MONTH", 0) + 3 * amounts.get("QUARTER", 0) + 12 * amounts.get("YEAR", 0)
    moment = _moment(value)
    if moment is None:
        clock = _seconds(value)
        return _clock(clock + seconds) if clock is not None else None
    has_time = ":" in str(value) or any(part in amounts for part in _ORDER[1:])
    try:
        return _written(_add_months(moment, int(months)) + timedelta(seconds=seconds), as_date=not has_time)
    except (ValueError, OverflowError):
        return None


def _months_between(first: datetime, last: datetime) -> int:
    if last < first:
        return -_months_between(last, first)
    months = (last.year - first.year) * 12 + last.month - first.month
    early = (last.day, last.time()) < (first.day, first.time())
    return months - early


def _timestampdiff(unit: str, first: Any, last: Any) -> int | None:
    start, end = _moment(first), _moment(last)
    if start is None or end is None:
        return None
    if unit in ("MONTH", "QUARTER", "YEAR"):
        return int(_months_between(start, end) / {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit])
    microseconds = (end - start) // timedelta(microseconds=1)
    divisor = round(_PARTS[unit] * 1_000_000)
    return microseconds // divisor if microseconds >= 0 else -(-microseconds // divisor)


def _week(value: Any, mode: int) -> int | None:
    moment = _moment(value)
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


def _yearweek(value: Any, mode: int) -> int | None:
    moment = _moment(value)
    if moment is None:
        return None
    year, week = moment.isocalendar()[:2] if mode in (1, 3) else _week_of_sunday(moment)
    return year * 100 + week


def _suffix(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _strftime(letter: str) -> Callable[[datetime], str]:
    return lambda moment: moment.strftime(f"%{letter}")


_SPECIFIERS: dict[str, Callable[[datetime], Any]] = {
    **{letter: _strftime(letter) for letter in "YymdHIpBbaj"},
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
    "u": lambda moment: f"{_week(moment, 1):02}",
    "U": lambda moment: f"{_week(moment, 0):02}",
    "v": lambda moment: f"{moment.isocalendar()[1]:02}",
    "V": lambda moment: f"{_week(moment, 2):02}",
    "x": lambda moment: moment.isocalendar()[0],
    "X": lambda moment: _week_of_sunday(moment)[0],
}


def _time_format(value: Any, pattern: str) -> str | None:
    clock = _seconds(value)
    return None if clock is None else _formatted(datetime(1900, 1, 1) + timedelta(seconds=clock), pattern)


def _date_format(value: Any, pattern: str) -> str | None:
    moment = _moment(value)
    return _time_format(value, pattern) if moment is None else _formatted(moment, pattern)


def _formatted(here: datetime, pattern: str) -> str:
    return re.sub(r"%(.)", lambda match: _specified(match[1], here), pattern)


def _specified(letter: str, moment: datetime) -> str:
    known = _SPECIFIERS.get(letter)
    return str(known(moment)) if known else letter


_READ = {"M": "%B", "i": "%M", "s": "%S", "W": "%A", "c": "%m", "e": "%d", "h": "%I", "k": "%H", "l": "%I"}
_READ |= {"T": "%H:%M:%S", "r": "%I:%M:%S %p"}


def _str_to_date(text: Any, pattern: str) -> str | None:
    python = re.sub(r"%(.)", lambda match: _READ.get(match[1], f"%{match[1]}"), pattern)
    try:
        moment = datetime.strptime(str(text), python)
    except ValueError:
        return None
    has_time = any(f"%{each}" in pattern for each in "HhIiklprSsTf")
    has_date = any(f"%{each}" in pattern for each in "YymcdejMb")
    return _written(moment, as_date=not has_time) if has_date else _clock(_seconds(f"{moment:%H:%M:%S}") or 0)


def _zone(name: str) -> tzinfo:
    match = re.fullmatch(r"([-+])([0-9]{1,2}):([0-9]{2})", name)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    return UTC if name.upper() in ("SYSTEM", "UTC") else ZoneInfo(name)


def _convert_tz(value: Any, source: str, target: str) -> str | None:
    moment = _moment(value)
    try:
        converted = moment.replace(tzinfo=_zone(source)).astimezone(_zone(target)) if moment else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return _written(converted.replace(tzinfo=None), as_date=False) if converted else None


def _of(part: Callable[[datetime], Any]) -> Callable[[Any], Any]:
    def function(value: Any) -> Any:
        moment = _moment(value)
        return part(moment) if moment else None

    return function


def _of_clock(part: Callable[[int], int]) -> Callable[[Any], int | None]:
    def function(value: Any) -> int | None:
        seconds = 0.0 if re.fullmatch(r"[0-9]{4}-[0-9-]+", str(value)) else _seconds(value)
        return None if seconds is None else part(int(abs(seconds)))

    return function


def _timediff(left: Any, right: Any) -> str | None:
    moments = _moment(left), _moment(right)
    if moments[0] and moments[1]:
        return _clock((moments[0] - moments[1]).total_seconds())
    seconds = _seconds(left), _seconds(right)
    return None if seconds[0] is None or seconds[1] is None else _clock(seconds[0] - seconds[1])


def _addtime(value: Any, clock: Any, sign: int) -> str | None:
    seconds = _seconds(clock)
    moment = _moment(value)
    if seconds is None:
        return None
    if moment:
        return _written(moment + timedelta(seconds=sign * seconds), as_date=False)
    base = _seconds(value)
    return None if base is None else _clock(base + sign * seconds)


def _now(*, utc: bool = False) -> Callable[..., str]:
    def function(digits: int = 0) -> str:
        now = datetime.now(UTC).replace(tzinfo=None) if utc else datetime.now()
        return _written(now.replace(microsecond=now.microsecond if digits else 0), as_date=False)

    return function


def _unix_timestamp(value: Any = None) -> int | None:
    moment = datetime.now() if value is None else _moment(value)
    return int(moment.timestamp()) if moment else None


def _period(value: int) -> int:
    return value // 100 * 12 + value % 100 - 1


def _days(moment: datetime) -> int:
    return (moment.date() - _EPOCH.date()).days + _DAY_ZERO


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "date_add": _date_add,
    "timestampdiff": _timestampdiff,
    "datediff": lambda left, right: d[0] - d[1] if None not in (d := (_of(_days)(left), _of(_days)(right))) else None,
    "timediff": _timediff,
    "addtime": lambda value, clock: _addtime(value, clock, 1),
    "subtime": lambda value, clock: _addtime(value, clock, -1),
    "week": _week,
    "yearweek": _yearweek,
    "weekofyear": lambda value: _week(value, 3),
    "date_format": _date_format,
    "time_format": _time_format,
    "str_to_date": _str_to_date,
    "convert_tz": _convert_tz,
    "date": _of(lambda moment: moment.date().isoformat()),
    "time": lambda value: None if (s := _seconds(value)) is None else _clock(s),
    "timestamp": lambda value, clock="0:0:0": _addtime(value, clock, 1),
    "year": _of(lambda moment: moment.year),
    "month": _of(lambda moment: moment.month),
    "day": _of(lambda moment: moment.day),
    "quarter": _of(lambda moment: (moment.month + 2) // 3),
    "dayofweek": _of(lambda moment: moment.isoweekday() % 7 + 1),
    "weekday": _of(lambda moment: moment.weekday()),
    "dayofyear": _of(lambda moment: moment.timetuple().tm_yday),
    "dayname": _of(lambda moment: moment.strftime("%A")),
    "monthname": _of(lambda moment: moment.strftime("%B")),
    "last_day": _of(
        lambda moment: moment.replace(day=calendar.monthrange(moment.year, moment.month)[1]).date().isoformat()
    ),
    "hour": _of_clock(lambda seconds: seconds // 3600),
    "minute": _of_clock(lambda seconds: seconds // 60 % 60),
    "second": _of_clock(lambda seconds: seconds % 60),
    "microsecond": lambda value: None if (s := _seconds(value)) is None else round(abs(s) * 1_000_000) % 1_000_000,
    "makedate": lambda year, day: (date(year, 1, 1) + timedelta(days=day - 1)).isoformat() if day > 0 else None,
    "maketime": lambda hour, minute, second: _clock(hour * 3600 + minute * 60 + second),
    "unix_timestamp": _unix_timestamp,
    "from_unixtime": lambda seconds: _written(datetime.fromtimestamp(seconds), as_date=False),
    "to_days": _of(_days),
    "from_days": lambda days: (_EPOCH.date() + timedelta(days=days - _DAY_ZERO)).isoformat(),
    "to_seconds": _of(lambda moment: int((moment - _EPOCH).total_seconds()) + _DAY_ZERO * 86400),
    "sec_to_time": _clock,
    "time_to_sec": lambda value: None if (s := _seconds(value)) is None else int(s),
    "period_diff": lambda left, right: _period(left) - _period(right),
    "period_add": lambda period, months: (p := _period(period) + months) // 12 * 100 + p % 12 + 1,
    "now": _now(),
    "sysdate": _now(),
    "utc_timestamp": _now(utc=True),
    "curdate": lambda _digits=0: _now()()[:10],
    "utc_date": lambda _digits=0: _now(utc=True)()[:10],
    "curtime": lambda _digits=0: _now()()[11:],
    "utc_time": lambda _digits=0: _now(utc=True)()[11:],
}
