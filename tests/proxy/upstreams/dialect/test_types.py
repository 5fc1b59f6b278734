"""MySQL's column types in the target's."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("type_", "postgres", "duckdb", "sqlite"),
    [
        ("TINYINT", "SMALLINT", "TINYINT", "TINYINT"),
        ("TINYINT(1)", "SMALLINT", "TINYINT", "TINYINT(1)"),
        ("BOOLEAN", "SMALLINT", "TINYINT", "TINYINT(1)"),
        ("INT(11)", "INT", "INT", "INT"),
        ("INT UNSIGNED", "BIGINT", "UINTEGER", "INT UNSIGNED"),
        ("BIGINT UNSIGNED", "NUMERIC(20)", "UBIGINT", "BIGINT UNSIGNED"),
        ("YEAR", "SMALLINT", "SMALLINT", "YEAR"),
        ("BIT(8)", "BIGINT", "UBIGINT", "BIGINT"),
        ("DECIMAL", "DECIMAL(10, 0)", "DECIMAL(10, 0)", "DECIMAL"),
        ("DECIMAL(8, 2)", "DECIMAL(8, 2)", "DECIMAL(8, 2)", "DECIMAL(8, 2)"),
        ("FLOAT", "REAL", "REAL", "FLOAT"),
        ("DOUBLE", "DOUBLE PRECISION", "DOUBLE PRECISION", "DOUBLE"),
        ("CHAR", "VARCHAR(1)", "VARCHAR(1)", "CHAR"),
        ("VARCHAR(20)", "VARCHAR(20)", "VARCHAR(20)", "VARCHAR(20)"),
        ("LONGTEXT", "TEXT", "TEXT", "LONGTEXT"),
        ("SET('a', 'b')", "TEXT", "TEXT", "TEXT"),
        ("BLOB", "BYTEA", "BLOB", "BLOB"),
        ("VARBINARY(9)", "BYTEA", "BLOB", "BLOB"),
        ("DATE", "DATE", "DATE", "DATE"),
        ("TIME", "TIME", "TIME", "TIME"),
        ("DATETIME(3)", "TIMESTAMP(3)", "TIMESTAMP", "DATETIME(3)"),
        ("TIMESTAMP", "TIMESTAMPTZ(0)", "TIMESTAMP", "TIMESTAMP"),
        ("JSON", "JSONB", "JSON", "JSON"),
    ],
)
def test_types(to: Translate, type_: str, postgres: str, duckdb: str, sqlite: str) -> None:
    for target, wanted in (("postgres", postgres), ("duckdb", duckdb), ("sqlite", sqlite)):
        assert to(target, f"CREATE TABLE t (a {type_})") == f'CREATE TABLE "t" ("a" {wanted})'


@pytest.mark.parametrize(
    ("target", "type_"),
    [("duckdb", "DECIMAL(39, 2)"), ("postgres", "GEOMETRY"), ("duckdb", "GEOMETRY"), ("sqlite", "GEOMETRY")],
)
def test_what_a_database_has_not(to: Translate, target: str, type_: str) -> None:
    with pytest.raises(Untranslatable):
        to(target, f"CREATE TABLE t (a {type_})")


def test_a_numbered_column_is_no_larger_than_an_identity_may_be(to: Translate) -> None:
    assert '"a" BIGINT GENERATED' in to("postgres", "CREATE TABLE t (a BIGINT UNSIGNED AUTO_INCREMENT, KEY (a))")


def test_national_characters_are_characters(to: Translate) -> None:
    sql = "CREATE TABLE n (a NATIONAL CHAR(5), b NATIONAL VARCHAR(6), c NCHAR(7))"
    assert to("postgres", sql) == 'CREATE TABLE "n" ("a" VARCHAR(5), "b" VARCHAR(6), "c" VARCHAR(7))'
