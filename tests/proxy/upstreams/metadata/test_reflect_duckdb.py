"""DuckDB's catalog, whatever a person called things."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from proxy.upstreams import sequence_names
from proxy.upstreams.metadata.reflect_duckdb import reflect_duckdb
from proxy.upstreams.metadata.reflection import ForeignKey, Table

OWN = sequence_names.new()


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    with sa.create_engine("duckdb:///:memory:").connect() as made:
        yield made


def reflected(connection: sa.Connection, *statements: str) -> dict[str, Table]:
    for statement in statements:
        connection.exec_driver_sql(statement)
        connection.commit()
    return {table.name: table for table in reflect_duckdb(connection).tables}


def test_names_that_look_like_syntax(connection: sa.Connection) -> None:
    found = reflected(
        connection,
        """CREATE TABLE "t'; --" ("c,d" INTEGER, "e""f" INTEGER, "it's" INTEGER, "b]c" INTEGER, "UP" INTEGER)""",
        """CREATE INDEX one ON "t'; --" ("c,d", "e""f", "it's", "b]c", "UP")""",
        """CREATE UNIQUE INDEX two ON "t'; --" (("c,d" + "e""f"), "UP", greatest("UP", 1))""",
        'CREATE VIEW "v AS w" AS SELECT 1 AS "x AS y"',
    )
    table = found["t'; --"]
    assert [column.name for column in table.columns] == ["c,d", 'e"f', "it's", "b]c", "UP"]
    assert [(index.name, index.columns, index.unique) for index in table.indexes] == [
        ("one", ("c,d", 'e"f', "it's", "b]c", "UP"), False),
        ("two", (None, "UP", None), True),
    ]
    assert (found["v AS w"].is_view, found["v AS w"].definition) == (True, 'SELECT 1 AS "x AS y"')


def test_columns_that_are_computed_and_such_as_have_defaults(connection: sa.Connection) -> None:
    found = reflected(
        connection,
        f"CREATE SEQUENCE {OWN}",
        "CREATE SEQUENCE shared",
        f"""CREATE TABLE t (a INTEGER DEFAULT nextval('{OWN}'), b INTEGER DEFAULT nextval('shared'),
        c DECIMAL(10,2) DEFAULT 1.5, d DECIMAL(10,2) GENERATED ALWAYS AS (c * 2),
        e VARCHAR DEFAULT 'GENERATED ALWAYS')""",
    )
    a, b, c, d, e = found["t"].columns
    assert [(each.auto_increment, each.own_counter) for each in (a, b, c)] == [
        (True, True),
        (True, False),
        (False,) * 2,
    ]
    assert (c.default, c.generated) == ("1.50", None)
    assert d.default is None
    assert "c * 2" in (d.generated or "")
    assert (e.default, e.generated) == ("GENERATED ALWAYS", None)


def test_keys_stay_in_their_schema(connection: sa.Connection) -> None:
    found = reflected(
        connection,
        "CREATE SCHEMA other",
        "CREATE TABLE other.parent (a INTEGER, b INTEGER, PRIMARY KEY (b, a))",
        "CREATE TABLE other.kid (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES other.parent (b, a),"
        "CHECK (x > 0))",
    )
    assert found["parent"].primary_key == ("b", "a")
    (key,) = found["kid"].foreign_keys
    assert key == ForeignKey(key.name, ("x", "y"), "other", "parent", ("b", "a"))
    assert [check.clause for check in found["kid"].checks] == ["(x > 0)"]


def test_what_is_not_the_file_s_is_not_told(connection: sa.Connection) -> None:
    found = reflected(
        connection,
        "CREATE TEMPORARY TABLE mine (a INTEGER)",
        "CREATE TEMPORARY VIEW seen AS SELECT 1",
        "ATTACH ':memory:' AS elsewhere",
        "CREATE TABLE elsewhere.theirs (a INTEGER)",
        "CREATE TABLE here (a INTEGER)",
    )
    assert list(found) == ["here"]
    assert reflect_duckdb(connection).schemas == ("main",)
