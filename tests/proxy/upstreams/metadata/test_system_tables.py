"""The tables of INFORMATION_SCHEMA."""

import pytest

from proxy.upstreams.metadata.fill import PRODUCERS
from proxy.upstreams.metadata.reference import LIVE, REFERENCE
from proxy.upstreams.metadata.system_tables import PERFORMANCE_TABLES, described, system_tables


@pytest.mark.parametrize("name", sorted({*PRODUCERS, *REFERENCE, *LIVE}))
def test_what_has_rows_has_columns(name: str) -> None:
    assert system_tables()[name]


@pytest.mark.parametrize("name", system_tables())
def test_columns(name: str) -> None:
    columns = system_tables()[name]
    assert name == name.upper()
    assert len({column.name for column in columns}) == len(columns)
    assert {column.storage for column in columns} <= {"VARCHAR", "TIMESTAMP", "BIGINT", "DOUBLE"}


def test_names_of_objects() -> None:
    columns = {column.name: column.is_object_name for column in system_tables()["COLUMNS"]}
    assert [columns[name] for name in ("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME")] == [True, True, False]


def test_as_any_table() -> None:
    assert {table.name for table in described("performance_schema")} == PERFORMANCE_TABLES
    tables = {table.name: table for table in described("information_schema")}
    assert set(tables) == set(system_tables())
    assert tables["TABLES"].privileges == ("select",)
