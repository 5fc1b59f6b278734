"""What MySQL and MariaDB keep about tables outside of ``information_schema``: ages, sizes, distributions, use.

Most accounts may not read it. What is refused is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from diagnose.evidence.facts import Column, Index, Table
from diagnose.evidence.facts_rows import Row, rows_of, whole
from diagnose.evidence.mysql_facts import MAX_ROWS, QUERY_SECONDS
from diagnose.evidence.shape import number
from plugins import Session, UpstreamError
from plugins.literals import quote_literal


async def add_counters(
    session: Session, tables: Sequence[Table], settings: Mapping[str, str], *, mariadb: bool
) -> tuple[Table, ...]:
    """The tables with what the account may read besides. Raises ``UpstreamError`` only when the upstream is lost."""
    base = [table for table in tables if not table.view]
    if not base:
        return tuple(tables)
    ages = await _read(session, _AGES.format(where=_where(base, "t.database_name", "t.table_name")))
    spread = await _read(session, _SPREAD.format(where=_where(base, "db_name", "table_name"))) if mariadb else []
    use: list[Row] = []
    if settings.get("userstat") == "ON":
        use = await _read(session, _USERSTAT.format(where=_where(base, "TABLE_SCHEMA", "TABLE_NAME")))
    elif settings.get("performance_schema") == "ON":
        use = await _read(session, _WAITS.format(where=_where(base, "OBJECT_SCHEMA", "OBJECT_NAME")))
    # A counter that has nothing of an index that was never used is a counter only where it is kept.
    kept = settings.get("userstat") == "ON" or bool(use)
    return tuple(table if table.view else _with(table, ages, spread, use, kept) for table in tables)


# https://mariadb.com/kb/en/mysqlinnodb_index_stats/: sizes are in pages.
_AGES = """SELECT t.database_name, t.table_name, TIMESTAMPDIFF(SECOND, t.last_update, NOW()), i.index_name,
i.stat_value * @@innodb_page_size, t.n_rows FROM mysql.innodb_table_stats t LEFT JOIN mysql.innodb_index_stats i
ON i.database_name = t.database_name AND i.table_name = t.table_name AND i.stat_name = 'size' WHERE {where}"""
# https://mariadb.com/kb/en/mysqlcolumn_stats-table/: avg_frequency is rows per value.
_SPREAD = "SELECT db_name, table_name, column_name, nulls_ratio, avg_frequency FROM mysql.column_stats WHERE {where}"
_USERSTAT = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, ROWS_READ FROM information_schema.INDEX_STATISTICS WHERE {where}"
)
_WAITS = """SELECT OBJECT_SCHEMA, OBJECT_NAME, INDEX_NAME, COUNT_READ
FROM performance_schema.table_io_waits_summary_by_index_usage WHERE INDEX_NAME IS NOT NULL AND ({where})"""


def _where(tables: Sequence[Table], schema: str, name: str) -> str:
    return " OR ".join(
        f"({schema} = {quote_literal(table.schema)} AND {name} = {quote_literal(table.name)})" for table in tables
    )


async def _read(session: Session, sql: str) -> list[Row]:
    try:
        return rows_of(await session.query(sql, time_limit_s=QUERY_SECONDS, max_rows=MAX_ROWS))
    except UpstreamError as error:
        if error.number == 1158:
            raise
        return []


def _with(table: Table, ages: list[Row], spread: list[Row], use: list[Row], kept: bool) -> Table:
    mine = (table.schema, table.name)
    own = [row for row in ages if row[:2] == mine]
    sizes = {row[3]: whole(row[4]) for row in own if row[3]}
    values = {row[2]: row for row in spread if row[:2] == mine}
    used = {row[2]: whole(row[3]) for row in use if row[:2] == mine}
    return replace(
        table,
        columns=tuple(_column(column, values.get(column.name), table.rows) for column in table.columns),
        indexes=tuple(_index(index, sizes, used, kept) for index in table.indexes),
        analyzed_s=next((number(row[2]) for row in own), None),
        analyzed_rows=next((_changed(table.rows, number(row[5])) for row in own), None),
    )


def _changed(rows: float | None, then: float | None) -> float | None:
    """InnoDB counts on between two statistics, but writes the number down only with them; less than really changed."""
    return abs(rows - then) if rows is not None and then is not None else None


def _column(column: Column, row: Row | None, rows: float | None) -> Column:
    if row is None:
        return column
    nulls, each = number(row[3]), number(row[4])
    distinct = rows * (1 - min(nulls or 0.0, 1.0)) / each if rows is not None and each else column.distinct
    return replace(column, nulls=nulls, distinct=distinct)


def _index(index: Index, sizes: Mapping[str, int | None], used: Mapping[str, int | None], kept: bool) -> Index:
    return replace(index, size_bytes=sizes.get(index.name), used=used.get(index.name, 0 if kept else None))
