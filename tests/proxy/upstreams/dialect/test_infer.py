"""The kind of one expression."""

import pytest

from proxy.upstreams.dialect import parse
from proxy.upstreams.dialect.infer import added_kind, arithmetic_kind
from proxy.upstreams.dialect.kinds import DATE, DATETIME, DECIMAL, FLOAT, INT, TIME, UNKNOWN, Kind, kind_of
from proxy.upstreams.dialect.resolve import Resolver
from tests.proxy.upstreams.dialect.conftest import SCHEMA


def kind(expression: str) -> str:
    (tree,) = parse(f"SELECT {expression} AS x FROM people")
    Resolver(SCHEMA, "duckdb").statement(tree)
    found = kind_of(tree.selects[0])
    return found.name if found.scale in (None, 0) else f"{found.name}({found.scale})"


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("1", "int"),
        ("1.50", "decimal(2)"),
        ("1e3", "float"),
        ("'a'", "string"),
        ("NULL", "null"),
        ("TRUE", "bool"),
        ("x'41'", "bytes"),
        ("b'1'", "int"),
        ("1 = 2", "bool"),
        ("name LIKE 'a'", "bool"),
        ("score + 1", "decimal(2)"),
        ("score * 1.5", "decimal(3)"),
        ("score / 3", "decimal(6)"),
        ("Id / 3", "decimal(4)"),
        ("'a' + 1", "float"),
        ("born + INTERVAL 1 DAY", "date"),
        ("born + INTERVAL 1 HOUR", "datetime"),
        ("SUM(Id)", "decimal"),
        ("SUM(score)", "decimal(2)"),
        ("AVG(Id)", "decimal(4)"),
        ("AVG(score)", "decimal(6)"),
        ("COUNT(*)", "int"),
        ("MAX(born)", "date"),
        ("ROUND(score)", "decimal"),
        ("ROUND(score, 1)", "decimal(1)"),
        ("ROUND(score, 9)", "decimal(2)"),
        ("ROUND(1.55, 'x')", "decimal"),
        ("ROUND(1.55, 1.5)", "decimal"),
        ("ROUND(1.55, " + "9" * 5000 + ")", "decimal(2)"),
        ("ROUND(name)", "float"),
        ("IF(1, 1, 2.5)", "decimal(1)"),
        ("CASE WHEN 1 THEN 'a' ELSE 1 END", "string"),
        ("COALESCE(born, seen)", "datetime"),
        ("STR_TO_DATE(name, '%Y')", "date"),
        ("STR_TO_DATE(name, '%H')", "time"),
        ("STR_TO_DATE(name, '%Y %H')", "datetime"),
        ("FROM_UNIXTIME(1)", "datetime"),
        ("FROM_UNIXTIME(1, '%Y')", "string"),
        ("TIMESTAMPADD(MINUTE, 1, born)", "datetime"),
        ("-TRUE", "int"),
        ("-'a'", "float"),
        ("CAST(1 AS DECIMAL)", "decimal"),
        ("CAST(1 AS DECIMAL(9, 3))", "decimal(3)"),
        ("(SELECT score)", "decimal(2)"),
        ("SUM(score) OVER ()", "decimal(2)"),
        ("my_own(1)", "unknown"),
        ("my_own(1) + 1", "unknown"),
    ],
    ids=lambda each: each[:40],
)
def test_kinds(expression: str, name: str) -> None:
    assert kind(expression) == name


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        (INT, INT, INT),
        (Kind("decimal", 1), Kind("decimal", 3), Kind("decimal", 3)),
        (DECIMAL, INT, DECIMAL),
        (FLOAT, Kind("decimal", 1), FLOAT),
        (UNKNOWN, INT, UNKNOWN),
    ],
)
def test_arithmetic_kind(left: Kind, right: Kind, found: Kind) -> None:
    assert arithmetic_kind(left, right, max) == found


@pytest.mark.parametrize(
    ("moment", "unit", "found"),
    [
        (DATE, "month", DATE),
        (DATE, "DAY_SECOND", DATETIME),
        (DATETIME, "DAY", DATETIME),
        (TIME, "HOUR", TIME),
        (UNKNOWN, "DAY", DATETIME),
    ],
)
def test_added_kind(moment: Kind, unit: str, found: Kind) -> None:
    assert added_kind(moment, unit) is found
