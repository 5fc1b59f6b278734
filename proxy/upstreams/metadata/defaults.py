"""A column's default as the upstream spells it, as MySQL's COLUMN_DEFAULT and EXTRA say it."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from proxy.upstreams.mysql_types import MySqlType

_CAST = r"(?:::[\w\s\"\.\[\](),]+)?"
_STRING = re.compile(rf"^E?'((?:[^']|'')*)'{_CAST}$", re.DOTALL)
_CAST_CALL = re.compile(r"^CAST\(\s*('(?:[^']|'')*'|-?[\d.]+)\s+AS\s+[^']*\)$", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(rf"^\(?(-?\d+(?:\.\d+)?)\)?{_CAST}$")
_DIGITS = re.compile(r"-?\d{1,65}(\.\d{1,65})?$")
_WIDE = Context(prec=200)
_NOW_VALUE = "CURRENT_TIMESTAMP"
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


def read_default(text: str | None, kind: MySqlType) -> Default:
    """Read ``'x'::text``, ``1.50``, ``nextval('s')``, ``now()``, ``true``, or any other expression."""
    cast = _CAST_CALL.match((text or "").strip())
    found = _read(cast[1] if cast else text)
    if kind.text == "tinyint(1)" and found.value in ("t", "f"):
        return Default("1" if found.value == "t" else "0")
    if found.value == _NOW_VALUE and found.is_expression and kind.fraction:
        return Default(f"{_NOW_VALUE}({kind.fraction})", is_expression=True)
    if found.value is not None and not found.is_expression and kind.name == "decimal" and _DIGITS.match(found.value):
        return Default(str(Decimal(found.value).quantize(Decimal(1).scaleb(-(kind.scale or 0)), context=_WIDE)))
    return found


def _read(text: str | None) -> Default:
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
        return Default(_NOW_VALUE, is_expression=True)
    return Default(spelled, is_expression=True)
