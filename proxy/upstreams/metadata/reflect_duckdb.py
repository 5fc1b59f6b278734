"""DuckDB's own catalog functions: one query per kind of thing, whatever the number of tables.

https://duckdb.org/docs/stable/sql/meta/duckdb_table_functions
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from proxy.upstreams import sequence_names
from proxy.upstreams.metadata.defaults import read_default
from proxy.upstreams.metadata.definitions import generated_columns, view_query
from proxy.upstreams.metadata.reflection import Check, Column, ForeignKey, Index, Reflection, Table, index_of
from proxy.upstreams.mysql_types import mysql_type

_HERE = "database_name = current_database() AND NOT internal"
SCHEMAS = """SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()
AND schema_name NOT IN ('information_schema', 'pg_catalog') ORDER BY 1"""
TABLES = f"""SELECT schema_name, table_name, comment, estimated_size, false, sql FROM duckdb_tables()
WHERE {_HERE} AND NOT temporary
UNION ALL SELECT schema_name, view_name, comment, NULL, true, sql FROM duckdb_views() WHERE {_HERE} AND NOT temporary"""
COLUMNS = f"""SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment
FROM duckdb_columns() WHERE {_HERE} ORDER BY schema_name, table_name, column_index"""
CONSTRAINTS = """SELECT schema_name, table_name, constraint_type, constraint_name, constraint_column_names,
referenced_table, referenced_column_names, expression FROM duckdb_constraints()
WHERE database_name = current_database() AND constraint_type <> 'NOT NULL'"""
INDEXES = """SELECT schema_name, table_name, index_name, is_unique, CAST(expressions AS VARCHAR[]) FROM duckdb_indexes()
WHERE database_name = current_database() AND NOT is_primary ORDER BY index_name"""

Name = tuple[str, str]


def reflect_duckdb(connection: sa.Connection) -> Reflection:
    """The tables and views of the connected database file. Raises SQLAlchemy's errors."""

    def rows(sql: str) -> list[Any]:
        return list(connection.exec_driver_sql(sql))

    tables = rows(TABLES)
    generated = {(schema, name): _generated(sql) for schema, name, *_, sql in tables}
    columns: dict[Name, list[Column]] = defaultdict(list)
    for schema, table, name, *rest in rows(COLUMNS):
        columns[schema, table].append(_column(name, name in generated.get((schema, table), ()), *rest))
    constraints: dict[Name, list[Any]] = defaultdict(list)
    for row in rows(CONSTRAINTS):
        constraints[row[0], row[1]].append(row[2:])
    indexes: dict[Name, list[Index]] = defaultdict(list)
    for schema, table, name, unique, expressions in rows(INDEXES):
        parts = _index_columns(expressions, columns[schema, table])
        indexes[schema, table].append(index_of(table, name, parts, unique=unique))
    found = tuple(
        _table((schema, name), columns, constraints, indexes, comment, rows_, is_view, sql)
        for schema, name, comment, rows_, is_view, sql in tables
    )
    return Reflection(tuple(row[0] for row in rows(SCHEMAS)), found)


def _generated(sql: str | None) -> frozenset[str]:
    """The generated columns, which only the statement tells from columns with a default."""
    return generated_columns(sql, "duckdb") if sql is not None and "GENERATED" in sql else frozenset()


def _column(name: str, generated: bool, kind: str, nullable: bool, default: str | None, comment: str | None) -> Column:
    if generated:
        return Column(name, mysql_type(kind), nullable, comment=comment or "", generated=default)
    read = read_default(default, mysql_type(kind))
    return Column(
        name,
        mysql_type(kind),
        nullable,
        default=read.value,
        default_is_expression=read.is_expression,
        comment=comment or "",
        auto_increment=read.sequence,
        own_counter=read.sequence and sequence_names.OWN.search(default or "") is not None,
    )


def _index_columns(parts: list[str], columns: list[Column]) -> tuple[str | None, ...]:
    """The columns of ``rid``, ``"b c"``; what is no column is an expression."""
    known = {column.name for column in columns}
    names = (part[1:-1].replace('""', '"') if part.startswith('"') else part for part in parts)
    return tuple(name if name in known else None for name in names)


def _table(
    key: Name,
    columns: dict[Name, list[Column]],
    constraints: dict[Name, list[Any]],
    indexes: dict[Name, list[Index]],
    comment: str | None,
    rows: int | None,
    is_view: bool,
    sql: str | None,
) -> Table:
    primary: tuple[str, ...] = ()
    uniques: list[Index] = []
    foreign: list[ForeignKey] = []
    checks: list[Check] = []
    for kind, name, names, to_table, to_names, expression in constraints.get(key, ()):
        if kind == "PRIMARY KEY":
            primary = tuple(names)
        elif kind == "UNIQUE":
            uniques.append(Index(name, tuple(names), unique=True))
        elif kind == "FOREIGN KEY":
            foreign.append(ForeignKey(name, tuple(names), key[0], to_table, tuple(to_names)))
        elif kind == "CHECK":
            checks.append(Check(name, expression or ""))
    return Table(
        *key,
        columns=tuple(columns.get(key, ())),
        primary_key=primary,
        indexes=(*uniques, *indexes.get(key, ())),
        foreign_keys=tuple(foreign),
        checks=tuple(checks),
        comment=comment or "",
        is_view=is_view,
        definition=view_query(sql or "", "duckdb") if is_view else "",
        rows=rows,
    )
