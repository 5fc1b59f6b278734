"""What is read of information_schema, and what is left out where there is much of it."""

from typing import Any, cast

import pytest

from plugins.builtin.mcp import schema as module
from plugins.builtin.mcp.connection import Cell, Connection, Rows
from plugins.builtin.mcp.schema import read_schema

Row = tuple[Cell, ...]


class Session:
    """Answers by what a statement reads, and keeps what it was asked."""

    def __init__(self, **answers: list[Row]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def run(self, sql: str, values: tuple[str, ...], *, max_rows: int, **_limits: Any) -> Rows:
        self.asked.append((sql, values))
        assert sql.count("%s") == len(values)
        found = next(rows for name, rows in self._answers.items() if f"information_schema.{name} " in f"{sql} ")
        return Rows(("c",), tuple(found[:max_rows]), "cut" if len(found) > max_rows else "")


def table(name: str, rows: Cell = 5) -> Row:
    return (name, "BASE TABLE", rows, "a comment")


def column(of: str, name: str = "id") -> Row:
    return (of, name, "int(11)", "NO", "PRI", None)


def described(session: Session, *names: str) -> module.Schema:
    return read_schema(cast(Connection, session), "shop", names)


def test_databases() -> None:
    session = Session(SCHEMATA=[("Sys",), ("shop",), ("MYSQL",), ("information_schema",)])
    assert read_schema(cast(Connection, session), "", ()).model_dump(exclude_defaults=True) == {"databases": ["shop"]}


def test_tables() -> None:
    session = Session(
        TABLES=[table("orders"), table("people", "7")],
        COLUMNS=[column("orders"), ("orders", "person", "int(11)", "YES", "MUL", "who"), column("gone")],
        KEY_COLUMN_USAGE=[("orders", "person", "people", "id"), ("gone", "a", "b", "c")],
    )
    found = described(session)
    assert found.cut == ""
    orders, people = found.tables
    assert (orders.kind, orders.rows, orders.comment, people.rows) == ("base table", 5, "a comment", 7)
    assert [(c.name, c.nullable, c.key, c.comment) for c in orders.columns] == [
        ("id", False, "PRI", ""),
        ("person", True, "MUL", "who"),
    ]
    assert [(r.column, r.references) for r in orders.foreign_keys] == [("person", "people.id")]
    assert people.columns == []
    assert people.foreign_keys == []


def test_names_are_values_and_never_sql() -> None:
    hostile = "x') OR 1=1 -- "
    session = Session(TABLES=[table(hostile)], COLUMNS=[], KEY_COLUMN_USAGE=[])
    described(session, hostile, "b")
    assert {values for _, values in session.asked} == {("shop", hostile, "b")}
    assert not any(hostile in sql for sql, _ in session.asked)


@pytest.mark.parametrize("rows", [None, "many", "-1", 1.5])
def test_an_estimate_that_is_none(rows: Cell) -> None:
    session = Session(TABLES=[table("a", rows)], COLUMNS=[], KEY_COLUMN_USAGE=[])
    assert described(session).tables[0].rows is None


def test_nothing_there() -> None:
    session = Session(TABLES=[])
    assert described(session, "missing").tables == []
    assert len(session.asked) == 1


def test_many_tables_come_without_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WITH_COLUMNS", 2)
    found = described(Session(TABLES=[table(f"t{n}") for n in range(3)]))
    assert found.cut == "columns are left out for more than 2 tables; name those that you mean"
    monkeypatch.setattr(module, "MOST_TABLES", 3)
    found = described(Session(TABLES=[table(f"t{n}") for n in range(4)]))
    assert (len(found.tables), found.cut) == (3, "only the first 3 tables are here; name those that you mean")


def test_many_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COLUMNS", 2)
    session = Session(TABLES=[table("a")], COLUMNS=[column("a", f"c{n}") for n in range(3)], KEY_COLUMN_USAGE=[])
    found = described(session)
    assert len(found.tables[0].columns) == 2
    assert found.cut == "only the first 2 columns are here; name fewer tables"
