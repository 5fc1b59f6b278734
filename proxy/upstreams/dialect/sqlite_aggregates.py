"""MySQL's aggregates that SQLite lacks, for ``sqlite3.Connection.create_aggregate``."""

import statistics
from collections.abc import Callable
from functools import reduce
from operator import and_, or_, xor
from typing import Any

Value = str | bytes | int | float | None


class GroupConcat:
    """``mysql_group_concat(distinct, separator, value, descending, key, …)``."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, tuple[Value, ...]]] = []
        self._separator = ","
        self._descending: tuple[int, ...] = ()
        self._is_distinct = 0

    def step(self, is_distinct: int, separator: str, value: Value, *keys: Any) -> None:
        self._is_distinct, self._separator, self._descending = is_distinct, separator, keys[::2]
        if value is not None:
            self._rows.append((value.decode() if isinstance(value, bytes) else str(value), keys[1::2]))

    def finalize(self) -> str | None:
        if not self._rows:
            return None
        for position in range(len(self._descending) - 1, -1, -1):
            self._rows.sort(key=lambda row: _order(row[1][position]), reverse=bool(self._descending[position]))
        values = [value for value, _ in self._rows]
        return self._separator.join(dict.fromkeys(values) if self._is_distinct else values)


def _order(value: Value) -> tuple[int, Any]:
    """SQLite's own order: NULL, numbers, text, bytes."""
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, value) if isinstance(value, str) else (3, value)


class _Numbers:
    def __init__(self) -> None:
        self.values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self.values.append(value)


def _deviation(least: int, function: Callable[[list[float]], float]) -> type[_Numbers]:
    class Deviation(_Numbers):
        def finalize(self) -> float | None:
            return float(function([float(each) for each in self.values])) if len(self.values) >= least else None

    return Deviation


def _bits(start: int, function: Callable[[int, int], int]) -> type[_Numbers]:
    class Bits(_Numbers):
        def finalize(self) -> int:
            return reduce(function, (int(each) for each in self.values), start)

    return Bits


AGGREGATES: dict[str, type] = {
    "group_concat": GroupConcat,
    "stddev_pop": _deviation(1, statistics.pstdev),
    "stddev_samp": _deviation(2, statistics.stdev),
    "var_pop": _deviation(1, statistics.pvariance),
    "var_samp": _deviation(2, statistics.variance),
    "bit_and": _bits(-1, and_),
    "bit_or": _bits(0, or_),
    "bit_xor": _bits(0, xor),
}
