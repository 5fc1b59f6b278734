"""SQLite's text dates and times, read and written."""

import re
from datetime import datetime
from typing import Any

from proxy.upstreams.dialect.literals import moment_literal, time_literal


def moment_of(value: Any) -> datetime | None:
    plain = moment_literal(str(value))
    return datetime.fromisoformat(plain) if plain else None


def seconds_of(value: Any) -> float | None:
    """Of a TIME, or of a DATETIME's time."""
    if re.match(r"\s*[0-9]{4}-", str(value)):
        moment = moment_of(value)
        return (moment - datetime.combine(moment, datetime.min.time())).total_seconds() if moment else None
    plain = time_literal(str(value))
    if plain is None:
        return None
    hours, minutes, seconds = plain.lstrip("-").split(":")
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return -total if plain.startswith("-") else total


def clock(seconds: float) -> str:
    whole, fraction = divmod(round(abs(seconds) * 1_000_000), 1_000_000)
    text = f"{'-' if seconds < 0 else ''}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return text + (f".{fraction:06}" if fraction else "")


def written(moment: datetime, *, as_date: bool) -> str:
    if as_date:
        return moment.date().isoformat()
    return moment.isoformat(" ", "microseconds" if moment.microsecond else "seconds")
