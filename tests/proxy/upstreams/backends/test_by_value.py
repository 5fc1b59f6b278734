"""Columns typed by their first rows."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from proxy.upstreams.backends.by_value import describe
from proxy.upstreams.mysql_types import mysql_type
from proxy.wire.columns import ColumnType

C = ColumnType


def described(values: Sequence[Any], declared: str | None = None) -> ColumnType:
    kind = None if declared is None else mysql_type(declared)
    ((column,), _) = describe(["x"], [kind], [[value] for value in values])
    return column.type


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], C.VAR_STRING),
        ([None], C.VAR_STRING),
        ([True, None], C.TINY),
        ([1, True], C.LONGLONG),
        ([1 << 63], C.NEWDECIMAL),
        ([1, 1.5], C.DOUBLE),
        ([Decimal("1.50"), 2], C.NEWDECIMAL),
        ([b"x", bytearray(b"y")], C.BLOB),
        ([date(2026, 1, 31)], C.DATE),
        ([date(2026, 1, 31), datetime(2026, 1, 31)], C.DATETIME),
        ([time(1)], C.TIME),
        ([timedelta(1)], C.TIME),
        ([UUID(int=1)], C.STRING),
        ([{"a": 1}, [2]], C.JSON),
        (["a"], C.VAR_STRING),
        (["a", 1], C.BLOB),
    ],
)
def test_without_a_declared_type_the_values_decide(values: list[Any], kind: ColumnType) -> None:
    assert described(values) == kind


@pytest.mark.parametrize(
    ("declared", "values", "fits"),
    [
        ("tinyint", [127, -128], True),
        ("tinyint", [128], False),
        ("integer", [1, "x"], False),
        ("bigint", [1 << 63], False),
        ("double", [1, 2.5], True),
        ("double", ["1"], False),
        ("decimal(8,2)", ["1.50", 2, Decimal(3)], True),
        ("decimal(8,2)", ["1e5"], False),
        ("decimal(8,2)", ["١"], False),
        ("date", ["2026-01-31"], True),
        ("date", ["2026-13-31"], False),
        ("date", ["٢٠٢٦-01-31"], False),
        ("date", [5], False),
        ("timestamp", ["2026-01-31 10:11", "2026-01-31T10:11:12.5Z"], True),
        ("timestamp", ["2026-01-31 24:00"], False),
        ("time", ["23:59:59.5"], True),
        ("time", ["24:00"], False),
        ("varchar(9)", ["x", 1, 1.5], True),
        ("varchar(9)", [b"x"], False),
        ("json", ["[]", {}], True),
        ("blob", [b"x", "y"], True),
        ("blob", [1], False),
    ],
)
def test_a_declared_type_holds_when_the_values_fit_it(declared: str, values: list[Any], fits: bool) -> None:
    assert (described(values, declared) == mysql_type(declared).type) is fits


@pytest.mark.parametrize(
    ("declared", "value", "cell"),
    [
        ("bigint", 5, b"5"),
        ("date", "2026-01-31", b"2026-01-31"),
        ("timestamp", "2026-01-31T10:11Z", b"2026-01-31 10:11:00"),
        ("timestamp", datetime(2026, 1, 31, 10), b"2026-01-31 10:00:00"),
        ("timestamp", "2026-01-31 10:11:12.5", b"2026-01-31 10:11:12.5"),
        ("blob", b"x", b"x"),
        ("double", 0.5, b"0.5"),
    ],
)
def test_cells(declared: str, value: Any, cell: bytes) -> None:
    _, (convert,) = describe(["x"], [mysql_type(declared)], [])
    assert convert is not None
    assert convert(value) == cell


@pytest.mark.parametrize(
    ("declared", "value"), [("bigint", "x"), ("bigint", 1.5), ("date", "soon"), ("date", 20260131)]
)
def test_a_later_value_that_does_not_fit(declared: str, value: Any) -> None:
    _, (convert,) = describe(["x"], [mysql_type(declared)], [])
    assert convert is not None
    with pytest.raises(ValueError, match="as the rows before were"):
        convert(value)
