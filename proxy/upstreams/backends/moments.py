"""Dates and times that MySQL has no value for: its years are 1 to 9999 and it has no infinity.

What lies beyond becomes the first or the last that MySQL can hold, as no client could read it otherwise.
"""

from proxy.wire.rows import Cell

FIRST_DAY, LAST_DAY = b"0001-01-01", b"9999-12-31"
FIRST_MOMENT, LAST_MOMENT = b"0001-01-01 00:00:00", b"9999-12-31 23:59:59.999999"


def date(text: bytes) -> Cell:
    """``2026-01-31``, ``infinity``, ``0044-03-15 BC``, ``0044-03-15 (BC)``, ``12000-01-01``."""
    if len(text) == 10:
        return text
    return FIRST_DAY if _before_christ(text) else LAST_DAY


def timestamp(text: bytes) -> Cell:
    """The same with the time after it; ``0044-03-15 (BC) 10:00:00`` too."""
    if text[4:5] == b"-" and b"BC" not in text:
        return text
    return FIRST_MOMENT if _before_christ(text) else LAST_MOMENT


def timestamp_with_zone(text: bytes) -> Cell:
    """It is in the session's time zone already; MySQL does not tell the offset."""
    if text[4:5] != b"-" or text.endswith(b"BC"):
        return timestamp(text)
    offset = max(text.rfind(b"+"), text.rfind(b"-", 19))
    return text[:offset] if offset > 0 else text


def _before_christ(text: bytes) -> bool:
    return text.startswith(b"-") or b"BC" in text
