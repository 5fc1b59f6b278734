"""Python values, as drivers give them, as cells: the text that MySQL would send.

For what a database does not give as text itself: SQLite, every other SQLAlchemy dialect, odd statements of DuckDB.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from proxy.wire.rows import Cell


def cell(value: Any) -> Cell:
    """A value of any type."""
    convert = _BY_TYPE.get(type(value))
    if convert is not None:
        return convert(value)
    for kind, by_kind in _BY_TYPE.items():
        if isinstance(value, kind):
            return by_kind(value)
    return str(value).encode("utf-8", "replace")


def _real(value: float) -> Cell:
    text = repr(value)
    return {"inf": b"Infinity", "-inf": b"-Infinity", "nan": b"NaN"}.get(text) or text.encode()


def _decimal(value: Decimal) -> Cell:
    return format(value, "f").encode() if value.is_finite() else None


def _timedelta(value: timedelta) -> Cell:
    """``[-]hh:mm:ss[.ffffff]``."""
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
    fraction = f".{value.microseconds:06d}" if value.microseconds else ""
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{fraction}".encode()


def _json(value: Any) -> Cell:
    return json.dumps(value, ensure_ascii=False, default=_json_value).encode("utf-8", "replace")


def _json_value(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


_BY_TYPE: dict[type, Callable[[Any], Cell]] = {
    bool: lambda value: b"1" if value else b"0",
    int: lambda value: b"%d" % value,
    str: lambda value: value.encode("utf-8", "replace"),
    bytes: lambda value: value,
    float: _real,
    Decimal: _decimal,
    # datetime is a date too: the order matters where a type is only derived from one of these.
    datetime: lambda value: value.replace(tzinfo=None).isoformat(" ").encode(),
    date: lambda value: value.isoformat().encode(),
    time: lambda value: value.replace(tzinfo=None).isoformat().encode(),
    timedelta: _timedelta,
    bytearray: bytes,
    memoryview: bytes,
    dict: _json,
    list: _json,
    tuple: _json,
}
