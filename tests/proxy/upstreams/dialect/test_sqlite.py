"""The templates for SQLite."""

import re
import sqlite3

import pytest
from sqlglot import exp

from proxy.upstreams.dialect.sqlite import TEMPLATES
from proxy.upstreams.dialect.sqlite_functions import register
from proxy.upstreams.dialect.templates import fill


@pytest.fixture(scope="module")
def connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    register(connection)
    connection.execute("CREATE TABLE t (c0, c1, c2)")
    return connection


@pytest.mark.parametrize("key", TEMPLATES)
def test_sqlite_takes_every_template(connection: sqlite3.Connection, key: str) -> None:
    """A function that is missing, or has another number of arguments, is an error as soon as it is prepared."""
    text = TEMPLATES[key].replace("%d", "3")
    holes = [int(each) for each in re.findall(r"_([0-9])", text)]
    written = fill(text, "sqlite", [exp.column(f"c{n}") for n in range(max(holes, default=2))]).sql("sqlite")
    connection.execute(f"EXPLAIN SELECT {written} FROM t")
