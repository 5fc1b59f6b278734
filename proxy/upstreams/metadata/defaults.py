"""A column's default as the upstream spells it, as MySQL's COLUMN_DEFAULT and EXTRA say it."""

import re
from dataclasses import dataclass

_CAST = r"(?:::[\w\s\"\.\[\](),]+)?"
_STRING = re.compile(rf"^E?'((?:[^']|'')*)'{_CAST}$", re.DOTALL)
_NUMBER = re.compile(rf"^\(?(-?\d+(?:\.\d+)?)\)?{_CAST}$")
_NULL = re.compile(rf"^NULL{_CAST}$", re.IGNORECASE)
_NOW = re.compile(
    r"^(now\(\)|current_timestamp(\(\d?\))?|get_current_timestamp\(\)|('now'::text)::timestamp.*|localtimestamp)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Default:
    """``value`` is ``None`` when there is none; ``sequence``: the next value of a sequence, so AUTO_INCREMENT."""

    value: str | None = None
    is_expression: bool = False
    sequence: bool = False


def read_default(text: str | None) -> Default:
    """Read ``'x'::text``, ``1.50``, ``nextval('s')``, ``now()``, ``true``, or any other expression."""
    spelled = (text or "").strip()
    if not spelled or _NULL.match(spelled):
        return Default()
    if spelled.lower().startswith("nextval("):
        return Default(sequence=True)
    if matched := _STRING.match(spelled):
        return Default(matched[1].replace("''", "'"))
    if matched := _NUMBER.match(spelled):
        return Default(matched[1])
    if spelled.lower() in ("true", "false"):
        return Default("1" if spelled.lower() == "true" else "0")
    if _NOW.match(spelled):
        return Default("CURRENT_TIMESTAMP", is_expression=True)
    return Default(spelled, is_expression=True)
