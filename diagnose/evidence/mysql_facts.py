"""What ``information_schema`` says of tables: MySQL's, MariaDB's, and the gateway's own before other databases.

One query for each view, with a branch for each table: MariaDB opens every table of a schema for ``TABLE_NAME IN (…)``,
but only one for ``TABLE_SCHEMA = … AND TABLE_NAME = …``
(https://mariadb.com/kb/en/information-schema-optimizations/).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from diagnose.evidence.facts import Column, ForeignKey, Index, Table
from diagnose.evidence.facts_rows import Row, rows_of, whole
from diagnose.evidence.shape import number
from plugins import Session
from plugins.literals import quote_literal

# Metadata is small; a server that takes longer than this for it is in trouble already.
QUERY_SECONDS = 5.0
MAX_ROWS = 20_000

Name = tuple[str, str]  # schema, table

_TABLES = "TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH, CREATE_OPTIONS"
_COLUMNS = (
    "TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLLATION_NAME, CHARACTER_SET_NAME, "
    "ORDINAL_POSITION"
)
_STATISTICS = (
    "TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, CARDINALITY, SUB_PART, "
    "INDEX_TYPE"
)
_KEYS = (
    "TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, "
    "REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
)
_PARTITIONS = "TABLE_SCHEMA, TABLE_NAME, PARTITION_EXPRESSION, SUBPARTITION_EXPRESSION"


def where(name: Name) -> str:
    """A condition that holds for one table."""
    return f"TABLE_SCHEMA = {quote_literal(name[0])} AND TABLE_NAME = {quote_literal(name[1])}"


async def select(session: Session, columns: str, view: str, names: Sequence[Name], more: str = "") -> list[Row]:
    """The rows of an information_schema view for each table. Raises ``UpstreamError``."""
    branches = [f"SELECT {columns} FROM information_schema.{view} WHERE {where(name)}{more}" for name in names]
    sql = " UNION ALL ".join(branches)
    return rows_of(await session.query(sql, time_limit_s=QUERY_SECONDS, max_rows=MAX_ROWS))


async def read_tables(session: Session, names: Sequence[Name], *, expressions: bool = False) -> tuple[Table, ...]:
    """The tables among ``names`` that the account may see.

    ``expressions``: STATISTICS has the column EXPRESSION (MySQL 8). Raises ``UpstreamError``.
    """
    if not names:
        return ()
    tables = await select(session, _TABLES, "TABLES", names)
    found = [(row[0], row[1]) for row in tables]
    if not found:
        return ()
    columns = _by_table(await select(session, _COLUMNS, "COLUMNS", found))
    wanted = _STATISTICS + (", EXPRESSION, IS_VISIBLE" if expressions else "")
    indexes = _by_table(await select(session, wanted, "STATISTICS", found))
    keys = _by_table(await select(session, _KEYS, "KEY_COLUMN_USAGE", found, " AND REFERENCED_COLUMN_NAME IS NOT NULL"))
    parted = [(row[0], row[1]) for row in tables if "partitioned" in row[6].lower()]
    partitions = _by_table(await select(session, _PARTITIONS, "PARTITIONS", parted)) if parted else {}
    return tuple(
        build_table(row, columns.get(key, []), indexes.get(key, []), keys.get(key, []), partitions.get(key, []))
        for row in tables
        for key in [(row[0], row[1])]
    )


def _by_table(rows: Iterable[Row]) -> dict[Name, list[Row]]:
    found: dict[Name, list[Row]] = defaultdict(list)
    for row in rows:
        found[(row[0], row[1])].append(row)
    return found


def build_table(row: Row, columns: list[Row], statistics: list[Row], keys: list[Row], partitions: list[Row]) -> Table:
    """One table, from the rows of the views for it."""
    schema, name, kind, engine, count, size, _ = row
    rows = number(count)
    foreign = tuple(_foreign_keys(keys, schema))
    indexes = tuple(_indexes(statistics, [key.columns for key in foreign]))
    distinct = _distinct(indexes, rows)
    expression = next((text for part in partitions for text in part[2:4] if text), "")
    ordered = sorted(columns, key=lambda column: whole(column[7]) or 0)
    return Table(
        schema,
        name,
        tuple(_column(column, distinct) for column in ordered),
        indexes,
        foreign,
        rows=rows,
        data_bytes=whole(size),
        engine=engine,
        view=kind.upper() == "VIEW",  # not the server's own SYSTEM VIEW
        partition_columns=tuple(c[2] for c in ordered if _names(expression, c[2])),
        partition_expression=expression,
    )


def _names(expression: str, column: str) -> bool:
    """Whether a partition expression, as the server writes it, holds the column."""
    return f"`{column}`" in expression or column in expression.replace("(", " ").replace(")", " ").replace(
        ",", " "
    ).split(" ")


def _column(row: Row, distinct: dict[str, float]) -> Column:
    _, _, name, kind, nullable, collation, charset, _ = row
    return Column(name, kind, nullable.upper() != "NO", collation, charset, distinct=distinct.get(name))


def _indexes(rows: list[Row], foreign: list[tuple[str, ...]]) -> list[Index]:
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[11:12] != ("NO",):  # an invisible index is not used
            by_name[row[2]].append(row)
    found = []
    for name, steps in by_name.items():
        ordered = sorted(steps, key=lambda row: whole(row[4]) or 0)
        columns = tuple(row[5] or f"({row[10] if len(row) > 10 and row[10] else '…'})" for row in ordered)
        unique = ordered[0][3] == "0"
        found.append(
            Index(
                name,
                columns,
                unique=unique,
                primary=name == "PRIMARY",
                kind=ordered[0][9].lower() or "btree",
                cardinality=tuple(number(row[7]) if row[7] else None for row in ordered),
                prefixes=tuple(whole(row[8]) if row[8] else None for row in ordered),
                descending=tuple(row[6] == "D" for row in ordered),
                constraint=unique or any(columns[: len(key)] == key for key in foreign),
            )
        )
    return found


def _distinct(indexes: Sequence[Index], rows: float | None) -> dict[str, float]:
    """Different values of the columns that an index begins with; of a unique column every row's is another."""
    found: dict[str, float] = {}
    for index in indexes:
        if not index.columns or index.prefixes[:1] not in ((), (None,)):
            continue
        alone = index.unique and len(index.columns) == 1
        estimate = rows if alone else index.cardinality[0] if index.cardinality else None
        if estimate is not None:
            found[index.columns[0]] = max(estimate, found.get(index.columns[0], 0.0))
    return found


def _foreign_keys(rows: list[Row], schema: str) -> list[ForeignKey]:
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_name[row[2]].append(row)
    found = []
    for steps in by_name.values():
        ordered = sorted(steps, key=lambda row: whole(row[3]) or 0)
        to = ordered[0][6] if ordered[0][5] in ("", schema) else f"{ordered[0][5]}.{ordered[0][6]}"
        found.append(ForeignKey(tuple(row[4] for row in ordered), to, tuple(row[7] for row in ordered)))
    return found
