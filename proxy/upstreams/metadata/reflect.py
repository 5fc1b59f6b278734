"""Read a ``Reflection`` over one client's own session: with catalog queries where we know them, else the inspector."""

from collections.abc import Iterable
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import ObjectKind

from proxy.upstreams.metadata.defaults import read_default
from proxy.upstreams.metadata.definitions import view_query
from proxy.upstreams.metadata.reflect_duckdb import reflect_duckdb
from proxy.upstreams.metadata.reflect_postgresql import reflect_postgresql
from proxy.upstreams.metadata.reflection import Check, Column, ForeignKey, Index, Reflection, Table, index_of
from proxy.upstreams.mysql_types import mysql_type

# Of SQLite: a sole key is the row's number when its type is INTEGER, not INT. https://www.sqlite.org/rowidtable.html
# What AUTOINCREMENT counts is kept in sqlite_sequence, once a table has it. https://www.sqlite.org/autoinc.html
_ROWIDS = """SELECT l.name, EXISTS (SELECT 1 FROM pragma_table_list WHERE schema = :schema AND name = 'sqlite_sequence')
FROM pragma_table_list AS l, pragma_table_info(l.name, l.schema) AS c
WHERE l.schema = :schema AND l.type = 'table' AND l.wr = 0 AND c.pk = 1 AND UPPER(c.type) = 'INTEGER'"""
HIDDEN_SCHEMAS = frozenset({"information_schema", "pg_catalog", "sys", "temp"})


def reflect(connection: sa.Connection) -> Reflection:
    """What the session's account may see. Raises SQLAlchemy's errors: the caller maps them as for any statement."""
    match connection.dialect.name:
        case "postgresql":
            return reflect_postgresql(connection)
        case "duckdb":
            return reflect_duckdb(connection)
        case _:
            return reflect_any(connection)


def reflect_any(connection: sa.Connection) -> Reflection:
    """By SQLAlchemy's inspector, for every dialect it knows."""
    inspector = sa.inspect(connection)
    schemas = tuple(s for s in inspector.get_schema_names() if s.lower() not in HIDDEN_SCHEMAS)
    tables: list[Table] = []
    for schema in schemas:
        rowids: dict[str, bool] = {}
        if connection.dialect.name == "sqlite":
            found = connection.execute(sa.text(_ROWIDS), {"schema": schema})
            rowids = {table: bool(has_counters) for table, has_counters in found}
        tables += _tables(inspector, schema, connection.dialect.name, rowids)
    return Reflection(schemas, tuple(tables))


def _tables(inspector: sa.Inspector, schema: str, dialect: str, rowids: dict[str, bool]) -> Iterable[Table]:
    kind = ObjectKind.ANY
    columns = inspector.get_multi_columns(schema=schema, kind=kind)
    primary: dict[Any, Any] = dict(inspector.get_multi_pk_constraint(schema=schema))
    foreign: dict[Any, Any] = dict(inspector.get_multi_foreign_keys(schema=schema))
    # SQLite keeps its unnamed unique constraints as indexes only.
    hidden: dict[str, Any] = {"include_auto_indexes": True} if dialect == "sqlite" else {}
    indexes: dict[Any, Any] = dict(inspector.get_multi_indexes(schema=schema, **hidden))
    uniques: dict[Any, Any] = dict(inspector.get_multi_unique_constraints(schema=schema))
    checks = _optional(inspector.get_multi_check_constraints, schema)
    comments = _optional(inspector.get_multi_table_comment, schema)
    views = set(inspector.get_view_names(schema=schema))
    for key, found in columns.items():
        name = key[1]
        keys = tuple((primary.get(key) or {}).get("constrained_columns") or ())
        yield Table(
            schema,
            name,
            columns=tuple(_column(column, keys, dialect, rowids.get(name)) for column in found),
            primary_key=keys,
            indexes=_indexes(name, keys, [*(uniques.get(key) or ()), *(indexes.get(key) or ())]),
            foreign_keys=tuple(_foreign(name, schema, n, f) for n, f in enumerate(foreign.get(key) or (), 1)),
            checks=tuple(
                Check(check.get("name") or f"{name}_chk_{number}", check["sqltext"])
                for number, check in enumerate(checks.get(key) or (), 1)
            ),
            comment=(comments.get(key) or {}).get("text") or "",
            is_view=name in views,
            definition=_definition(inspector, name, schema) if name in views else "",
        )


def _optional(read: Any, schema: str) -> dict[Any, Any]:
    """What a dialect may not be able to tell."""
    try:
        return cast("dict[Any, Any]", read(schema=schema))
    except NotImplementedError:  # how SQLAlchemy says that a dialect cannot
        return {}


def _column(column: ReflectedColumn, primary_key: tuple[str, ...], dialect: str, rowid: bool | None) -> Column:
    """``rowid``: None where a sole key is no number of the row, else whether an own counter may count those."""
    kind = mysql_type(column["type"], dialect)
    read = read_default(column.get("default"), kind)
    numbered = rowid is not None and primary_key == (column["name"],)
    return Column(
        column["name"],
        kind,
        bool(column.get("nullable", True)) and column["name"] not in primary_key,
        default=read.value,
        default_is_expression=read.is_expression,
        comment=column.get("comment") or "",
        auto_increment=read.sequence or column.get("autoincrement") is True or bool(column.get("identity")) or numbered,
        own_counter=numbered and rowid is True,
        generated=computed["sqltext"] if (computed := column.get("computed")) else None,
    )


def _indexes(table: str, primary_key: tuple[str, ...], found: Iterable[Any]) -> tuple[Index, ...]:
    """Unique constraints come first; one that is also told as an index counts once. Unnamed: its first column."""
    indexes: dict[tuple[Any, ...], Index] = {}
    for index in found:
        columns = tuple(index["column_names"])
        unique = bool(index.get("unique", True))
        name = index.get("name") or ""
        if columns and not (unique and columns == primary_key):
            name = (columns[0] or "functional_index") if not name or name.startswith("sqlite_autoindex") else name
            indexes.setdefault((columns, unique), index_of(table, name, columns, unique=unique))
    return tuple(indexes.values())


def _foreign(table: str, schema: str, number: int, key: Any) -> ForeignKey:
    options = key.get("options") or {}
    return ForeignKey(
        key.get("name") or f"{table}_ibfk_{number}",
        tuple(key["constrained_columns"]),
        key.get("referred_schema") or schema,
        key["referred_table"],
        tuple(key["referred_columns"]),
        options.get("onupdate") or "NO ACTION",
        options.get("ondelete") or "NO ACTION",
    )


def _definition(inspector: sa.Inspector, view: str, schema: str) -> str:
    try:
        text = inspector.get_view_definition(view, schema=schema) or ""
    except NotImplementedError:  # how SQLAlchemy says that a dialect cannot
        return ""
    return view_query(text, "sqlite")  # which reads names in all quotes
