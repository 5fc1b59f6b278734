"""MySQL's date and time functions over SQLite's text dates."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from proxy.upstreams.dialect.literals import numeric_prefix
from proxy.upstreams.dialect.sqlite_formats import date_format, str_to_date, time_format, week, yearweek
from proxy.upstreams.dialect.sqlite_moments import clock, moment_of, seconds_of, written
from proxy.upstreams.dialect.zones import zone_of

_PARTS = {"MICROSECOND": 1e-6, "SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
_ORDER = ("DAY", "HOUR", "MINUTE", "SECOND", "MICROSECOND")
_EPOCH = datetime(1970, 1, 1)
_LONGEST = 838 * 3600 + 59 * 60 + 59  # seconds of a TIME
_DAY_ZERO = 719528  # TO_DAYS('1970-01-01')


def _add_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _amounts(amount: Any, unit: str) -> dict[str, float]:
    """What each simple unit is to be added of."""
    if unit in _PARTS or unit in ("MONTH", "QUARTER", "YEAR"):
        number = float(numeric_prefix(str(amount)))
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
    moment = moment_of(value)
    if moment is None:
        start = seconds_of(value)
        return clock(start + seconds) if start is not None else None
    has_time = ":" in str(value) or any(part in amounts for part in _ORDER[1:])
    try:
        return written(_add_months(moment, int(months)) + timedelta(seconds=seconds), as_date=not has_time)
    except (ValueError, OverflowError):
        return None


def _months_between(first: datetime, last: datetime) -> int:
    if last < first:
        return -_months_between(last, first)
    months = (last.year - first.year) * 12 + last.month - first.month
    early = (last.day, last.time()) < (first.day, first.time())
    return months - early


def _timestampdiff(unit: str, first: Any, last: Any) -> int | None:
    start, end = moment_of(first), moment_of(last)
    if start is None or end is None:
        return None
    if unit in ("MONTH", "QUARTER", "YEAR"):
        return int(_months_between(start, end) / {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit])
    microseconds = (end - start) // timedelta(microseconds=1)
    divisor = round(_PARTS[unit] * 1_000_000)
    return microseconds // divisor if microseconds >= 0 else -(-microseconds // divisor)


def _convert_tz(value: Any, source: str, target: str) -> str | None:
    moment, zones = moment_of(value), (zone_of(source), zone_of(target))
    if moment is None or zones[0] is None or zones[1] is None:
        return None
    return written(moment.replace(tzinfo=zones[0]).astimezone(zones[1]).replace(tzinfo=None), as_date=False)


def _of(part: Callable[[datetime], Any]) -> Callable[[Any], Any]:
    def function(value: Any) -> Any:
        moment = moment_of(value)
        return part(moment) if moment else None

    return function


def _of_clock(part: Callable[[int], int]) -> Callable[[Any], int | None]:
    def function(value: Any) -> int | None:
        seconds = 0.0 if re.fullmatch(r"[0-9]{4}-[0-9-]+", str(value)) else seconds_of(value)
        return None if seconds is None else part(int(abs(seconds)))

    return function


def _timediff(left: Any, right: Any) -> str | None:
    moments = moment_of(left), moment_of(right)
    if moments[0] and moments[1]:
        return clock((moments[0] - moments[1]).total_seconds())
    seconds = seconds_of(left), seconds_of(right)
    return None if seconds[0] is None or seconds[1] is None else clock(seconds[0] - seconds[1])


def _addtime(value: Any, added: Any, sign: int) -> str | None:
    seconds = seconds_of(added)
    moment = moment_of(value)
    if seconds is None:
        return None
    if moment:
        return written(moment + timedelta(seconds=sign * seconds), as_date=False)
    base = seconds_of(value)
    return None if base is None else clock(base + sign * seconds)


def _makedate(year: int, day: int) -> str | None:
    century = 0 if year >= 100 else 1900 if year >= 70 else 2000
    return (date(century + year, 1, 1) + timedelta(days=day - 1)).isoformat() if day > 0 else None


def _maketime(hour: int, minute: int, second: float) -> str | None:
    if not (0 <= minute < 60 and 0 <= second < 60):
        return None
    seconds = abs(hour) * 3600 + minute * 60 + second
    return clock(-seconds if hour < 0 else seconds)


def _now(*, utc: bool = False) -> Callable[..., str]:
    def function(digits: int = 0) -> str:
        now = datetime.now(UTC).replace(tzinfo=None) if utc else datetime.now()
        return written(now.replace(microsecond=now.microsecond if digits else 0), as_date=False)

    return function


def _unix_timestamp(value: Any = None) -> int | None:
    moment = datetime.now() if value is None else moment_of(value)
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
    "addtime": lambda value, added: _addtime(value, added, 1),
    "subtime": lambda value, added: _addtime(value, added, -1),
    "week": week,
    "yearweek": yearweek,
    "weekofyear": lambda value: week(value, 3),
    "date_format": date_format,
    "time_format": time_format,
    "str_to_date": str_to_date,
    "convert_tz": _convert_tz,
    "date": _of(lambda moment: moment.date().isoformat()),
    "time": lambda value: None if (s := seconds_of(value)) is None else clock(s),
    "timestamp": lambda value, added="0:0:0": _addtime(value, added, 1),
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
    "microsecond": lambda value: None if (s := seconds_of(value)) is None else round(abs(s) * 1_000_000) % 1_000_000,
    "makedate": _makedate,
    "maketime": _maketime,
    "unix_timestamp": _unix_timestamp,
    "from_unixtime": lambda seconds: written(datetime.fromtimestamp(seconds), as_date=False),
    "to_days": _of(_days),
    "from_days": lambda days: (_EPOCH.date() + timedelta(days=days - _DAY_ZERO)).isoformat(),
    "to_seconds": _of(lambda moment: int((moment - _EPOCH).total_seconds()) + _DAY_ZERO * 86400),
    "sec_to_time": lambda seconds: clock(max(-_LONGEST, min(seconds, _LONGEST))),
    "time_to_sec": lambda value: None if (s := seconds_of(value)) is None else int(s),
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
