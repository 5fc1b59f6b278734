"""PostgreSQL's catalog, held to what the logged-in role may do: a name it has no right on is not here.

https://www.postgresql.org/docs/current/catalogs.html,
https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-ACCESS
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from proxy.upstreams.metadata.defaults import read_default
from proxy.upstreams.metadata.reflection import TABLE_PRIVILEGES, Check, Column, ForeignKey, Reflection, Table, index_of
from proxy.upstreams.mysql_types import enum_type, mysql_type

_SCHEMAS = """n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')"""
SCHEMAS = f"SELECT n.nspname FROM pg_namespace n WHERE {_SCHEMAS} ORDER BY 1"
_ANY = "'SELECT,INSERT,UPDATE,REFERENCES'"
# Partitions are reached through their table, as in MySQL.
_RELATIONS = f"""pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_SCHEMAS}
AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
AND (has_table_privilege(c.oid, {_ANY}) OR has_any_column_privilege(c.oid, {_ANY}))"""
TABLES = f"""SELECT c.oid, n.nspname, c.relname, c.relkind IN ('v', 'm'),
CASE WHEN c.reltuples >= 0::float4 AND c.relkind <> 'v' THEN c.reltuples::bigint END,
c.relpages::bigint * current_setting('block_size')::bigint, obj_description(c.oid, 'pg_class'),
CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'UPDATE'),
has_table_privilege(c.oid, 'REFERENCES'), has_table_privilege(c.oid, 'DELETE')
FROM {_RELATIONS}"""
COLUMNS = f"""SELECT a.attrelid, a.attname, CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
ELSE format_type(a.atttypid, a.atttypmod) END,
CASE t.typtype WHEN 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
ORDER BY e.enumsortorder) END,
NOT (a.attnotnull OR t.typnotnull), pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text,
col_description(a.attrelid, a.attnum), has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
has_column_privilege(a.attrelid, a.attnum, 'INSERT'), has_column_privilege(a.attrelid, a.attnum, 'UPDATE'),
has_column_privilege(a.attrelid, a.attnum, 'REFERENCES')
FROM {_RELATIONS} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
ORDER BY a.attrelid, a.attnum"""
_NAMES = """ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY k(number, position)
LEFT JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number ORDER BY k.position)"""
CONSTRAINTS = f"""SELECT o.conrelid, o.contype::text, o.conname, {_NAMES.format(keys="o.conkey", table="o.conrelid")},
o.confrelid, {_NAMES.format(keys="o.confkey", table="o.confrelid")}, o.confupdtype::text, o.confdeltype::text,
CASE o.contype WHEN 'c' THEN pg_get_expr(o.conbin, o.conrelid) END
FROM {_RELATIONS} JOIN pg_constraint o ON o.conrelid = c.oid AND o.contype IN ('p', 'f', 'c') ORDER BY o.conname"""
INDEXES = f"""SELECT i.indrelid, x.relname, i.indisunique AND i.indpred IS NULL,
{_NAMES.format(keys="(i.indkey::smallint[])[0:i.indnkeyatts - 1]", table="i.indrelid")}
FROM {_RELATIONS} JOIN pg_index i ON i.indrelid = c.oid AND NOT i.indisprimary
JOIN pg_class x ON x.oid = i.indexrelid ORDER BY x.relname"""
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def reflect_postgresql(connection: sa.Connection) -> Reflection:
    """What the session's role may use of the database. Raises SQLAlchemy's errors."""

    def by_table(sql: str) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for oid, *rest in connection.exec_driver_sql(sql):
            found[oid].append(rest)
        return found

    tables = {row[0]: row[1:] for row in connection.exec_driver_sql(TABLES)}
    columns = {oid: _columns(rows) for oid, rows in by_table(COLUMNS).items()}
    constraints, indexes = by_table(CONSTRAINTS), by_table(INDEXES)
    visible = {oid: (row[0], row[1], {c.name for c in columns.get(oid, ())}) for oid, row in tables.items()}
    found = tuple(
        _table(oid, row, columns.get(oid, ()), constraints.get(oid, ()), indexes.get(oid, ()), visible)
        for oid, row in tables.items()
    )
    return Reflection(tuple(connection.exec_driver_sql(SCHEMAS).scalars()), found, case_sensitive=True)


def _privileges(flags: Any) -> tuple[str, ...]:
    return tuple(name for name, granted in zip(TABLE_PRIVILEGES, flags, strict=False) if granted)


def _columns(rows: list[Any]) -> tuple[Column, ...]:
    """Those that the role has some right on."""
    found = []
    for name, kind, labels, nullable, default, identity, generated, comment, *flags in rows:
        privileges = _privileges(flags)
        if not privileges:
            continue
        type_ = enum_type(labels) if labels else mysql_type(kind)
        read = read_default(None if generated else default, type_)
        column = Column(
            name,
            type_,
            nullable,
            default=read.value,
            default_is_expression=read.is_expression,
            comment=comment or "",
            auto_increment=bool(identity) or read.sequence,
            generated=default if generated else None,
            privileges=privileges,
        )
        found.append(column)
    return tuple(found)


def _table(
    oid: int, row: Any, columns: Any, constraints: Any, indexes: Any, visible: dict[int, tuple[str, str, set[str]]]
) -> Table:
    schema, name, is_view, rows, size, comment, definition, *flags = row
    names = visible[oid][2]
    primary: tuple[str, ...] = ()
    foreign: list[ForeignKey] = []
    checks: list[Check] = []
    for kind, constraint, own, other, theirs, on_update, on_delete, clause in constraints:
        if not names.issuperset(own):
            continue
        if kind == "p":
            primary = tuple(own)
        elif kind == "c":
            checks.append(Check(constraint, clause))
        elif other in visible and visible[other][2].issuperset(theirs):
            target = visible[other]
            actions = _ACTIONS[on_update], _ACTIONS[on_delete]
            foreign.append(ForeignKey(constraint, tuple(own), *target[:2], tuple(theirs), *actions))
    return Table(
        schema,
        name,
        columns=columns,
        primary_key=primary,
        indexes=tuple(
            index_of(name, i, tuple(own), unique=unique) for i, unique, own in indexes if names | {None} >= set(own)
        ),
        foreign_keys=tuple(foreign),
        checks=tuple(checks),
        comment=comment or "",
        is_view=is_view,
        definition=(definition or "").strip().rstrip(";"),
        rows=rows,
        bytes=size,
        privileges=_privileges(flags),
    )
