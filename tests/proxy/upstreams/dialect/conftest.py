"""A small schema, and a short way to translate."""

from collections.abc import Callable

import pytest

from proxy.upstreams.dialect import Column, FixedSchema, Table, parse, translate

Translate = Callable[..., str]

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


@pytest.fixture
def to() -> Translate:
    """``to("postgres", sql)``: the translation of one statement, several joined by ``; ``."""

    def call(target: str, sql: str) -> str:
        trees = parse(sql)
        assert len(trees) == 1
        return "; ".join(translate(trees[0], target, SCHEMA).sql)

    return call
