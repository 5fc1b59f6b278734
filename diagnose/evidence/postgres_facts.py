"""What PostgreSQL's catalog says of tables, in one query; the types in MySQL's spelling come from the gateway.

https://www.postgresql.org/docs/15/catalogs.html, https://www.postgresql.org/docs/15/view-pg-stats.html. Only tables and
columns on which the account has some right are told, and only statistics that it may read (pg_stats).

Functions are qualified and operands have the very types of a built-in operator: a function or an operator that somebody
put into the search path, and that fits better, would be called in the name of whoever asks.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from diagnose.evidence import shape
from diagnose.evidence.facts import Column, ForeignKey, Index, Table
from diagnose.evidence.facts_rows import rows_of
from diagnose.evidence.mysql_facts import Name
from diagnose.evidence.shape import Shape
from plugins import Session

# A name of MySQL's is looked for as the gateway does: unqualified along the search path, else in the schema of that
# name, and the database's own name stands for ``public``.
_FOUND = """wanted AS MATERIALIZED (
SELECT * FROM pg_catalog.json_to_recordset({wanted}) AS w(n int, ns text, name text)),
same AS MATERIALIZED (SELECT w.n, c.oid, c.relname, c.relkind, c.relname::text = w.name AS exact FROM wanted w
JOIN pg_catalog.pg_class c ON pg_catalog.lower(c.relname::text) = pg_catalog.lower(w.name)
AND c.relkind IN ('r','p','v','m','f') JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE CASE WHEN w.ns = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE s.nspname::text = w.ns
OR (s.nspname = 'public' AND w.ns = pg_catalog.current_database()::text
AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace o WHERE o.nspname::text = w.ns)) END
AND (pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')
OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, UPDATE'))),
found AS MATERIALIZED (SELECT DISTINCT ON (n) n, oid, relname, relkind FROM same ORDER BY n, exact DESC, oid)"""
_SEEN = "pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES')"
# OFFSET 0: or the planner reads all of pg_stats for a few columns.
_COLUMNS = """(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'nullable', NOT a.attnotnull,
'collation', (SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation),
'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'distinct', t.n_distinct, 'nulls', t.null_frac)
ORDER BY a.attnum) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace LEFT JOIN LATERAL (SELECT p.n_distinct, p.null_frac
FROM pg_catalog.pg_stats p WHERE p.schemaname = s.nspname AND p.tablename = c.relname AND p.attname = a.attname
AND p.inherited = (f.relkind = 'p') OFFSET 0) t ON true
WHERE a.attrelid = f.oid AND a.attnum > 0 AND NOT a.attisdropped AND {seen})"""
# A deferred constraint may be broken until the end of the transaction; an index knows nothing of tables that inherit.
_UNIQUE = """i.indisunique AND i.indimmediate AND (f.relkind = 'p'
OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = f.oid))"""
_INDEXES = """(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', x.relname, 'unique', {unique},
'primary', i.indisprimary,
'kind', m.amname, 'pages', x.relpages::bigint * pg_catalog.current_setting('block_size')::int,
'used', pg_catalog.pg_stat_get_numscans(x.oid),
'constraint', EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = x.oid),
'predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid, true),
'keys', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('column', a.attname, 'key', p.n <= i.indnkeyatts,
'text', CASE WHEN a.attname IS NULL THEN pg_catalog.pg_get_indexdef(x.oid, p.n::int, true) END,
'descending', p.n <= i.indnkeyatts AND (i.indoption[p.n - 1]::int & 1) = 1) ORDER BY p.n)
FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS p(attnum, n)
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attnum = p.attnum AND p.attnum > 0)) ORDER BY
x.relname)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam WHERE i.indrelid = f.oid AND i.indisvalid
AND (pg_catalog.has_table_privilege(f.oid, 'SELECT') OR (i.indexprs IS NULL AND i.indpred IS NULL
AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = f.oid
AND a.attnum = ANY (i.indkey) AND NOT {seen}))))"""
# Only those that hold for every row at any time.
_FOREIGN = """(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('to', CASE WHEN r.relnamespace = o.relnamespace
THEN r.relname ELSE (SELECT pg_catalog.concat(s.nspname, '.', r.relname)
FROM pg_catalog.pg_namespace s WHERE s.oid = r.relnamespace) END,
'columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY u.n) FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS
u(attnum, n)
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
'to_columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY u.n) FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS
u(attnum, n)
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum)) ORDER BY k.conname)
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_class o ON o.oid = k.conrelid
WHERE k.conrelid = f.oid AND k.contype = 'f'
AND k.convalidated AND NOT k.condeferrable AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE NOT {seen}
AND (a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) OR a.attrelid = k.confrelid AND a.attnum = ANY
(k.confkey))))
"""
# Of a partitioned table its partitions are counted. Not the view pg_stat_all_tables, which aggregates all of them.
_SIZE = """(SELECT pg_catalog.json_build_object('rows', pg_catalog.sum(greatest(c.reltuples, 0::float4)), 'known',
pg_catalog.bool_or(c.reltuples >= 0::float4),
'bytes', pg_catalog.sum(c.relpages::bigint) * pg_catalog.current_setting('block_size')::numeric,
'age', extract(epoch FROM pg_catalog.now() - pg_catalog.min(greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)))),
'changed', pg_catalog.sum(pg_catalog.pg_stat_get_mod_since_analyze(c.oid)))
FROM (SELECT f.oid AS id WHERE f.relkind <> 'p' UNION ALL
SELECT p.relid FROM pg_catalog.pg_partition_tree(f.oid) p WHERE f.relkind = 'p' AND p.isleaf) q
JOIN pg_catalog.pg_class c ON c.oid = q.id)"""
_PARTITION = """CASE WHEN f.relkind = 'p' THEN pg_catalog.json_build_object('text',
pg_catalog.pg_get_partkeydef(f.oid),
'columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY u.n) FROM pg_catalog.pg_partitioned_table p,
pg_catalog.unnest(p.partattrs::int2[]) WITH ORDINALITY AS u(attnum, n)
JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attnum = u.attnum WHERE p.partrelid = f.oid)) END"""


async def read_tables(session: Session, names: Sequence[Name], database: str) -> tuple[Table, ...]:
    """The tables among ``names`` that the account may see. ``database``: the selected one. Raises ``UpstreamError``."""
    if not names:
        return ()
    result = rows_of(await session.query(_sql(names, database)))
    rows = json.loads(result[0][0]) if result and result[0][0] else []
    return tuple(_table(names[row["n"]][0], row) for row in shape.shapes(rows))


def found(names: Sequence[Name], database: str) -> str:
    """CTEs for the tables that the account may see: ``same`` but for case, and ``found``, the one that is meant."""
    wanted = [
        {"n": n, "ns": "" if schema == database else schema, "name": name} for n, (schema, name) in enumerate(names)
    ]
    literal = "E'" + json.dumps(wanted).replace("\\", "\\\\").replace("'", "''") + "'"
    return _FOUND.format(wanted=literal)


def _sql(names: Sequence[Name], database: str) -> str:
    parts = {"columns": _COLUMNS, "indexes": _INDEXES, "foreign": _FOREIGN, "size": _SIZE, "partition": _PARTITION}
    members = ", ".join(
        f"'{name}', {sql.replace('{seen}', _SEEN).replace('{unique}', _UNIQUE)}" for name, sql in parts.items()
    )
    return (
        f"/*raw*/ WITH {found(names, database)} SELECT pg_catalog.json_agg(pg_catalog.json_build_object("
        f"'n', f.n, 'name', f.relname, 'kind', f.relkind, {members}) ORDER BY f.n)::text FROM found f"
    )


def _table(schema: str, row: Shape) -> Table:
    size = row.get("size") or {}
    rows = shape.number(size.get("rows")) if size.get("known") else None
    partition = row.get("partition") or {}
    columns = tuple(_column(c, rows) for c in shape.shapes(row.get("columns")))
    unique = {i.columns[0] for i in map(_index, shape.shapes(row.get("indexes"))) if i.unique and len(i.columns) == 1}
    return Table(
        schema,
        row["name"],
        tuple(replace(c, distinct=rows) if c.name in unique and c.distinct is None else c for c in columns),
        tuple(_with_cardinality(_index(i), columns, rows) for i in shape.shapes(row.get("indexes"))),
        tuple(
            ForeignKey(tuple(f["columns"]), f["to"], tuple(f["to_columns"])) for f in shape.shapes(row.get("foreign"))
        ),
        rows=rows,
        data_bytes=_whole(size.get("bytes")),
        engine="heap",
        view=row["kind"] == "v",
        partition_columns=tuple(partition.get("columns") or ()),
        partition_expression=partition.get("text") or "",
        analyzed_s=shape.number(size.get("age")),
        analyzed_rows=shape.number(size.get("changed")),
    )


def _whole(value: object) -> int | None:
    found = shape.number(value)
    return None if found is None else int(found)


def _column(row: Shape, rows: float | None) -> Column:
    """``n_distinct`` below 0 is a share of the rows."""
    given = row.get("distinct")
    distinct = None
    if isinstance(given, (int, float)) and given:
        distinct = float(given) if given > 0 else -given * rows if rows is not None else None
    collation = row.get("collation") or ""
    charset = "utf8mb4" if collation else ""
    return Column(row["name"], row["type"], bool(row["nullable"]), collation, charset, distinct, row.get("nulls"))


def _index(row: Shape) -> Index:
    keys = shape.shapes(row.get("keys"))
    return Index(
        row["name"],
        tuple(k["column"] or f"({k['text']})" for k in keys if k["key"]),
        unique=bool(row["unique"]),
        primary=bool(row["primary"]),
        kind=row["kind"],
        include=tuple(k["column"] or "" for k in keys if not k["key"]),
        predicate=row.get("predicate") or "",
        descending=tuple(bool(k["descending"]) for k in keys if k["key"]),
        size_bytes=_whole(row.get("pages")),
        used=_whole(row.get("used")),
        constraint=bool(row["constraint"]),
    )


def _with_cardinality(index: Index, columns: tuple[Column, ...], rows: float | None) -> Index:
    """The first column's is known, and that of a whole unique key."""
    known: list[float | None] = [None] * len(index.columns)
    if index.columns and not index.predicate:
        known[0] = next((c.distinct for c in columns if c.name == index.columns[0]), None)
        if index.unique:
            known[-1] = rows
    return replace(index, cardinality=tuple(known))
