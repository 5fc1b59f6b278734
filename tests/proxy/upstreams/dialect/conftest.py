"""A small schema, and a short way to translate."""

import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal

import duckdb
import pytest

from proxy.upstreams.backends.values import cell
from proxy.upstreams.dialect import Column, FixedSchema, Table, parse, translate
from proxy.upstreams.dialect.sqlite_functions import register
from tests.proxy.upstreams.answers import numeric

Translate = Callable[..., str]
Value = Callable[[str, str], str | None]

SCHEMA = FixedSchema(
    (
        Table(
            "people",
            (
                Column("Id", "integer", generated=True, required=True),
                Column("name", "text"),
                Column("score", "numeric(8,2)"),
                Column("active", "boolean"),
                Column("born", "date"),
                Column("seen", "timestamp"),
                Column("photo", "bytea"),
            ),
            (("Id",), ("name",)),
        ),
        Table("counters", (Column("day", "date"), Column("hits", "integer")), (("day",),)),
    )
)

EMBEDDED = pytest.mark.parametrize("target", ["duckdb", "sqlite"])  # the databases that run in this process


@pytest.fixture
def to() -> Translate:
    """``to("postgres", sql)``: the translation of one statement, several joined by ``; ``."""

    def call(target: str, sql: str) -> str:
        trees = parse(sql)
        assert len(trees) == 1
        return "; ".join(translate(trees[0], target, SCHEMA).sql)

    return call


@pytest.fixture(scope="session")
def value() -> Iterator[Value]:
    """``value("duckdb", "1 + 1")``: what a MySQL expression gives there, as text; bytes in hexadecimal."""
    memory = sqlite3.connect(":memory:")
    register(memory)
    run = {"sqlite": memory.execute, "duckdb": duckdb.connect(":memory:", config={"threads": 1}).execute}

    def call(target: str, expression: str) -> str | None:
        (tree,) = parse(f"SELECT {expression}")
        (sql,) = translate(tree, target, SCHEMA).sql
        ((found,),) = run[target](sql).fetchall()
        if found is None or isinstance(found, bytes):
            return found.hex() if found is not None else None
        text = (cell(found) or b"").decode()
        return numeric(text) if isinstance(found, float | Decimal) else text

    yield call
    memory.close()
