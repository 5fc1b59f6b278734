"""Values of a decoded result, as the readers of facts need them."""

from diagnose.evidence import shape
from plugins import ResultSet

Row = tuple[str, ...]


def rows_of(result: ResultSet) -> list[Row]:
    """Every value as text; NULL is empty."""
    return [tuple(_text(value) for value in row) for row in result.rows]


def _text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def whole(value: str) -> int | None:
    """Of a text that holds a number."""
    found = shape.number(value)
    return None if found is None else int(found)
