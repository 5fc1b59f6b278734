"""Which tables a block of MariaDB's or MySQL's plan reads, and whether it names those of a block around it."""

import re
from typing import Any

from diagnose.evidence import shape
from diagnose.evidence.shape import Shape

# What stands between a block and its tables.
_STEP = re.compile(
    r"nested_loop\Z|filesort\Z|temporary_table\Z|block|range-|read_|window|ordering_|grouping_|duplicates_|buffer_"
)

# A name before a dot, and what stands in a value (cut off where the whole condition is): mail = 'o.smith@example.com'.
_QUALIFIER = re.compile(r"([^\s.()`'\"]+)`?\.")
_VALUE = re.compile(r"'(?:[^'\\]|\\.|'')*(?:'|\Z)")


def own_aliases(found: Shape) -> list[str]:
    """Of the tables that an object holds at its own level, join buffers and sorts opened."""
    names: list[str] = []
    pending: list[Any] = [found]
    for _ in range(500):
        if not pending:
            break
        item = pending.pop()
        table = item.get("table")
        if isinstance(table, dict) and (alias := shape.name(table.get("table_name"))):
            names.append(alias)
        for key, value in item.items():
            if _STEP.match(key):
                pending += shape.shapes(value)
    return names


def depends(found: Shape, outer: frozenset[str]) -> bool:
    """Whether a block runs again for rows of the outer one: MySQL says so; in MariaDB by its cache or its names."""
    if isinstance(found.get("dependent"), bool):
        return bool(found["dependent"])
    if "expression_cache" in found:
        return True
    inside = set(_all_aliases(found))
    named = {alias for text in _texts(found) for alias in _QUALIFIER.findall(_VALUE.sub("", text))}
    return bool(named & (outer - inside))


def _all_aliases(found: Any) -> list[str]:
    return [shape.name(item.get("table_name")) for item in _objects(found) if "table_name" in item]


def _texts(found: Any) -> list[str]:
    """What a block compares: the references of its lookups and its conditions."""
    texts: list[str] = []
    for item in _objects(found):
        texts += shape.names(item.get("ref"))
        texts += [shape.text(item.get(key)) for key in ("attached_condition", "index_condition", "having_condition")]
    return texts


def _objects(found: Any) -> list[Shape]:
    seen: list[Shape] = []
    pending = shape.shapes(found)
    while pending and len(seen) < shape.MAX_NODES:
        item = pending.pop()
        seen.append(item)
        for value in item.values():
            pending += shape.shapes(value) if isinstance(value, (dict, list)) else []
    return seen
