"""What sort of value an expression gives."""

from copy import deepcopy

import pytest
from sqlglot import exp

from proxy.upstreams.dialect.kinds import (
    BOOL,
    BY_NAME,
    DATE,
    DATETIME,
    DECIMAL,
    FLOAT,
    INT,
    NULL,
    STRING,
    TIME,
    UNKNOWN,
    Kind,
    common,
    kind_of,
    kind_of_type,
    with_kind,
)


@pytest.mark.parametrize(
    ("kinds", "whole"),
    [
        ([], NULL),
        ([NULL, NULL], NULL),
        ([NULL, DATE], DATE),
        ([INT, INT], INT),
        ([INT, BOOL], INT),
        ([INT, Kind("decimal", 2)], Kind("decimal", 2)),
        ([BOOL, Kind("decimal", 2), Kind("decimal", 4)], Kind("decimal", 4)),
        ([DECIMAL, Kind("decimal", 2)], DECIMAL),
        ([FLOAT, Kind("decimal", 2), INT], FLOAT),
        ([DATE, DATETIME], DATETIME),
        ([DATE, TIME], STRING),
        ([INT, STRING], STRING),
        ([UNKNOWN, INT], UNKNOWN),
    ],
)
def test_common(kinds: list[Kind], whole: Kind) -> None:
    assert common(kinds) == whole


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("BIGINT", INT),
        ("BOOLEAN", BOOL),
        ("DECIMAL(10, 2)", Kind("decimal", 2)),
        ("DECIMAL(10)", Kind("decimal", 0)),
        ("DECIMAL", DECIMAL),
        ("DOUBLE", FLOAT),
        ("VARCHAR(9)", STRING),
        ("TIMESTAMPTZ", DATETIME),
        ("JSONB", BY_NAME["json"]),
        ("BLOB", BY_NAME["bytes"]),
        ("INT[]", UNKNOWN),
    ],
)
def test_kind_of_type(type_: str, kind: Kind) -> None:
    assert kind_of_type(exp.DataType.build(type_, dialect="postgres")) == kind


def test_kinds_are_compared_by_identity_so_a_copied_tree_keeps_them() -> None:
    node = with_kind(exp.column("a"), STRING)
    assert kind_of(node.copy()) is STRING
    assert deepcopy(DATE) is DATE


def test_what_nobody_marked() -> None:
    assert kind_of(None) is NULL
    assert kind_of(exp.column("a")) is UNKNOWN


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=BY_NAME)
def test_numbers_and_moments(kind: Kind) -> None:
    assert kind.is_number is (kind.name in ("int", "decimal", "float"))
    assert kind.is_moment is (kind.name in ("date", "datetime"))
