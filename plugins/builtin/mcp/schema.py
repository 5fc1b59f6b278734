"""The schema as the account may see it, read from information_schema."""

from collections import defaultdict

from plugins.builtin.mcp.connection import Cell, Connection, Rows
from plugins.builtin.mcp.results import ColumnInfo, Reference, Schema, TableInfo

MOST_TABLES = 1_000
WITH_COLUMNS = 50  # more tables than these are listed without their columns
MOST_COLUMNS = 5_000
MOST_CHARS = 2_000_000
_SYSTEM = ("information_schema", "performance_schema", "mysql", "sys")
_DATABASES = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME"
_TABLES = (
    "SELECT TABLE_NAME, TABLE_TYPE, TABLE_ROWS, TABLE_COMMENT FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = %s{some} ORDER BY TABLE_NAME"
)
_COLUMNS = (
    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_KEY, COLUMN_COMMENT"
    " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s{some} ORDER BY TABLE_NAME, ORDINAL_POSITION"
)
_REFERENCES = (
    "SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
    " FROM information_schema.KEY_COLUMN_USAGE"
    " WHERE TABLE_SCHEMA = %s AND REFERENCED_TABLE_NAME IS NOT NULL{some} ORDER BY TABLE_NAME, ORDINAL_POSITION"
)


def read_schema(connection: Connection, database: str, names: tuple[str, ...]) -> Schema:
    """Of ``database`` ("": what databases there are), or of some of its tables. Raises ``UpstreamError``."""
    if not database:
        found = _rows(connection, _DATABASES, (), MOST_TABLES)
        return Schema(databases=[str(row[0]) for row in found.rows if str(row[0]).lower() not in _SYSTEM])
    some = f" AND TABLE_NAME IN ({', '.join(['%s'] * len(names))})" if names else ""
    given = (database, *names)
    listed = _rows(connection, _TABLES.format(some=some), given, MOST_TABLES)
    tables = {str(row[0]): _table(row) for row in listed.rows}
    cut = f"only the first {MOST_TABLES} tables are here; name those that you mean" if listed.cut else ""
    if len(tables) > WITH_COLUMNS:
        cut = cut or f"columns are left out for more than {WITH_COLUMNS} tables; name those that you mean"
    elif tables:
        cut = _add_columns(connection, tables, some, given) or cut
    return Schema(database=database, tables=list(tables.values()), cut=cut)


def _add_columns(connection: Connection, tables: dict[str, TableInfo], some: str, given: tuple[str, ...]) -> str:
    columns = _rows(connection, _COLUMNS.format(some=some), given, MOST_COLUMNS)
    for name, column, type_, nullable, key, comment in columns.rows:
        if str(name) in tables:
            info = ColumnInfo(
                name=str(column), type=str(type_), nullable=nullable == "YES", key=str(key or ""),
                comment=str(comment or ""),
            )  # fmt: skip
            tables[str(name)].columns.append(info)
    references = defaultdict(list)
    for name, column, table, referenced in _rows(connection, _REFERENCES.format(some=some), given, MOST_COLUMNS).rows:
        references[str(name)].append(Reference(column=str(column), references=f"{table}.{referenced}"))
    for name, info_ in tables.items():
        info_.foreign_keys = references[name]
    return f"only the first {MOST_COLUMNS} columns are here; name fewer tables" if columns.cut else ""


def _table(row: tuple[Cell, ...]) -> TableInfo:
    name, kind, rows, comment = row
    estimate = int(rows) if isinstance(rows, int) or (isinstance(rows, str) and rows.isdecimal()) else None
    return TableInfo(name=str(name), kind=str(kind).lower(), rows=estimate, comment=str(comment or ""))


def _rows(connection: Connection, sql: str, values: tuple[str, ...], most: int) -> Rows:
    return connection.run(sql, values, max_rows=most, max_chars=MOST_CHARS)
