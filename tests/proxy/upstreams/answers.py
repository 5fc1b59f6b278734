"""What a MySQL client sees of a statement, as text, to be compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pymysql


@dataclass(frozen=True)
class Answer:
    """Values as text, NULL as None; ``error`` instead where the statement failed."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    error: str = ""


def run(connection: "pymysql.Connection[Any]", statement: str) -> Answer:
    """One statement; rows that nobody ordered are sorted."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            columns = tuple(each[0] for each in cursor.description or ())
            texts = [tuple(map(text_of, row)) for row in cursor.fetchall()]
    except pymysql.MySQLError as error:
        return Answer(error=" ".join(map(str, error.args)))
    if not is_ordered(statement):
        texts.sort(key=_by_text)
    return Answer(columns, tuple(texts))


def _by_text(row: Sequence[str | None]) -> list[tuple[bool, str]]:
    return [(value is not None, value or "") for value in row]


def is_ordered(statement: str) -> bool:
    """Its last ORDER BY is the statement's own, so that the order of its rows counts."""
    tail = statement.rpartition("ORDER BY")[2]
    return "ORDER BY" in statement and tail.count("(") == tail.count(")")


def text_of(value: Any) -> str | None:
    """A driver's value as the text protocol shows it, floats to twelve digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value + 0:.12g}"
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, timedelta):
        return _clock(value)
    assert isinstance(value, int | Decimal | date), repr(value)
    return str(value)


def _clock(value: timedelta) -> str:
    microseconds = value // timedelta(microseconds=1)
    seconds, fraction = divmod(abs(microseconds), 1_000_000)
    sign = "-" if microseconds < 0 else ""
    clock = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return clock + (f".{fraction:06}" if fraction else "")


def numeric(value: str | None) -> str | None:
    """SQLite has no decimals: a number by its value, to twelve digits."""
    if value is None or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", value):
        return value
    return f"{float(value) + 0:.12g}"
