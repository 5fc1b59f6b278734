"""Reads values out of JSON that a server sent: every key may be missing, of another type, or hostile."""

import json
import math
from typing import Any

MAX_CHARS = 4_000_000
MAX_DEPTH = 200
MAX_NODES = 5_000
_TEXT_CHARS = 1_000
_LIST_ITEMS = 64

Shape = dict[str, Any]


def load(text: str) -> Any:
    """Raises ValueError for what is no JSON, and for JSON that is too long or too deep."""
    if len(text) > MAX_CHARS:
        raise ValueError("the plan is too long")
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise ValueError("the plan is too deep") from error


def number(value: Any) -> float | None:
    """Of a number or a text that holds one (``"10.00"``); None when it is neither, negative or not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def first_number(shape: Shape, *keys: str) -> float | None:
    """Of the first key that has one."""
    return next((found for key in keys if (found := number(shape.get(key))) is not None), None)


def text(value: Any) -> str:
    """One printable line of at most 1,000 characters; empty when it is no text."""
    if not isinstance(value, str):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in value[: 4 * _TEXT_CHARS]).split())
    return line if len(line) <= _TEXT_CHARS else line[: _TEXT_CHARS - 1] + "…"


def name(value: Any) -> str:
    """A name as it is, to be compared with the catalog's; empty when it is no text."""
    return value if isinstance(value, str) and len(value) <= 256 else ""


def names(value: Any) -> tuple[str, ...]:
    """Of a list of names."""
    return tuple(name(item) for item in value[:_LIST_ITEMS] if name(item)) if isinstance(value, list) else ()


def parts(value: Any) -> tuple[str, ...]:
    """The items of a list of texts, or of one text, at the commas outside of parentheses and quotes."""
    if isinstance(value, list):
        return tuple(text(item) for item in value[:_LIST_ITEMS] if text(item))
    found, depth, quote = [""], 0, ""
    for character in text(value):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        depth += 0 if quote else (character == "(") - (character == ")")
        if character == "," and depth == 0 and not quote:
            found.append("")
        else:
            found[-1] += character
    return tuple(part.strip() for part in found[:_LIST_ITEMS] if part.strip())


def shapes(value: Any) -> list[Shape]:
    """The objects of a list, or the one object."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class Budget:
    """What one plan may cost to read."""

    def __init__(self) -> None:
        self._nodes = 0

    def spend(self, depth: int) -> None:
        """Raises ValueError when the plan has too many steps, or steps too deep in each other."""
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ValueError("the plan has too many steps")
