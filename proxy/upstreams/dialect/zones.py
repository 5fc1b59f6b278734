"""Time zones by MySQL's names: https://dev.mysql.com/doc/refman/8.4/en/time-zone-support.html"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

OFFSET = re.compile(r"([-+])([0-9]{1,2}):([0-9]{2})")
_EARLIEST, _LATEST = timedelta(hours=-13, minutes=-59), timedelta(hours=14)


def zone_of(name: str) -> tzinfo | None:
    """``+05:30``, ``Europe/Zurich``, ``SYSTEM``; None where there is none of that name."""
    match = OFFSET.fullmatch(name)
    if match is None:
        return UTC if name.upper() in ("SYSTEM", "UTC") else _named(name)
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    offset = -offset if match[1] == "-" else offset
    return timezone(offset) if int(match[3]) < 60 and _EARLIEST <= offset <= _LATEST else None


def _named(name: str) -> tzinfo | None:
    known = _names().get(name.casefold())
    return ZoneInfo(known) if known else None


@cache
def _names() -> dict[str, str]:
    """MySQL compares them without case."""
    return {name.casefold(): name for name in available_timezones()}
