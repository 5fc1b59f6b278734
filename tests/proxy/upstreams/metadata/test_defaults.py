"""A column's default as MySQL says it."""

import pytest

from proxy.upstreams.metadata.defaults import Default, read_default
from proxy.upstreams.mysql_types import mysql_type


@pytest.mark.parametrize(
    ("text", "kind", "default"),
    [
        (None, "text", Default()),
        ("", "text", Default()),
        ("NULL::character varying", "varchar(9)", Default()),
        ("'it''s'::text", "text", Default("it's")),
        ("'a'::character varying(20)", "varchar(20)", Default("a")),
        ("'{}'::integer[]", "text", Default("{}")),
        ("CAST('Bern' AS VARCHAR)", "varchar(20)", Default("Bern")),
        ("CAST(-1.5 AS DECIMAL(8,2))", "decimal(8,2)", Default("-1.50")),
        ("(5)", "integer", Default("5")),
        ("'5'::numeric", "decimal(8,3)", Default("5.000")),
        ("1.005", "decimal(8,2)", Default("1.00")),
        ("true", "boolean", Default("1")),
        ("FALSE", "boolean", Default("0")),
        ("'t'", "boolean", Default("1")),
        ("'t'", "text", Default("t")),
        ("nextval('a_seq'::regclass)", "bigint", Default(sequence=True)),
        ("now()", "timestamp(0)", Default("CURRENT_TIMESTAMP", is_expression=True)),
        ("CURRENT_TIMESTAMP(3)", "timestamp(3)", Default("CURRENT_TIMESTAMP(3)", is_expression=True)),
        ("get_current_timestamp()", "timestamp(0)", Default("CURRENT_TIMESTAMP", is_expression=True)),
        ("lower('A'::text)", "text", Default("lower('A'::text)", is_expression=True)),
        ("'a' || 'b'", "text", Default("'a' || 'b'", is_expression=True)),
    ],
)
def test_read_default(text: str | None, kind: str, default: Default) -> None:
    assert read_default(text, mysql_type(kind)) == default


@pytest.mark.parametrize("text", ["'" + "a''" * 50_000, "CAST('" + "'" * 50_001, "9" * 100_000])
def test_a_long_text_is_read_too(text: str) -> None:
    assert read_default(text, mysql_type("decimal(8,2)")).value == text
