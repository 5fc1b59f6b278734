"""JSON, NDJSON and Parquet."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from proxy.upstreams.files import FilesError
from tests.proxy.upstreams.files.conftest import Write, load


def test_json_in_three_forms(write: Write) -> None:
    objects: list[dict[str, Any]] = [
        {"id": 1, "on": "2026-01-05", "tags": ["x"], "at": {"city": "Bari"}, "any": 1},
        {"id": 2, "any": "two"},
    ]
    lines = "\n".join(map(json.dumps, objects))
    expected = [
        (1, dt.date(2026, 1, 5), ["x"], {"city": "Bari"}, "1"),
        (2, None, None, None, "two"),
    ]
    for name, content in (("a.json", json.dumps(objects)), ("b.json", lines), ("c.ndjson", lines), ("d.jsonl", lines)):
        columns, rows = load(write(name, content))
        assert [name for name, _ in columns] == ["id", "on_", "tags", "at", "any_"]
        assert rows == expected
    assert load(write("e.json", json.dumps(objects).encode("utf-16")))[1] == expected


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "it's [1] *.parquet"
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t AS SELECT 1.50::DECIMAL(9,2) AS "Price €", uuid() AS u, [1, 2] AS l')
        connection.execute(f"COPY t TO '{str(path).replace(chr(39), chr(39) * 2)}'")
    columns, rows = load(str(path), table="it_s_1")
    assert columns == [("price", "DECIMAL(9,2)"), ("u", "UUID"), ("l", "INTEGER[]")]
    assert rows[0][0] == Decimal("1.50")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", "[1, 2]"), ("a.json", '"text"'), ("a.ndjson", "1\n2\n"), ("a.json", "{"), ("a.json", "")],
)
def test_what_holds_no_objects(write: Write, name: str, content: str) -> None:
    with pytest.raises(FilesError, match=name):
        load(write(name, content))


def test_numbers_are_no_rows(write: Write) -> None:
    with pytest.raises(FilesError, match="holds no objects"):
        load(write("a.json", "[1, 2]"))


def test_a_value_whose_type_changes_is_text(write: Write) -> None:
    columns, rows = load(write("a.ndjson", '{"v": 1}\n{"v": "x"}\n{"v": {"w": 2}}\n'))
    assert columns == [("v", "VARCHAR")]
    assert rows == [("1",), ("x",), ('{"w":2}',)]
