"""What the account can see, asked by name."""

from diagnose.evidence.facts_rows import rows_of
from plugins import Session, UpstreamError
from plugins.literals import quote_literal

# The whole of coaching has two seconds, and a client waits.
SECONDS = 0.5


async def _first_column(session: Session, sql: str, max_rows: int = 5_000) -> list[str]:
    """Empty when the server takes too long. Raises ``UpstreamError`` when it is lost."""
    try:
        return [row[0] for row in rows_of(await session.query(sql, time_limit_s=SECONDS, max_rows=max_rows))]
    except UpstreamError as error:
        if error.number == 1158:
            raise
        return []


async def databases(session: Session) -> list[str]:
    return await _first_column(session, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")


async def tables(session: Session, database: str) -> list[str]:
    """Of one database."""
    where = f"WHERE TABLE_SCHEMA = {quote_literal(database)}"
    return await _first_column(session, f"SELECT TABLE_NAME FROM information_schema.TABLES {where}")


async def databases_with_table(session: Session, table: str) -> list[str]:
    where = f"WHERE TABLE_NAME = {quote_literal(table)}"
    return await _first_column(session, f"SELECT TABLE_SCHEMA FROM information_schema.TABLES {where} LIMIT 4")


async def tables_with_column(session: Session, database: str, column: str) -> list[str]:
    where = f"WHERE TABLE_SCHEMA = {quote_literal(database)} AND COLUMN_NAME = {quote_literal(column)}"
    return await _first_column(session, f"SELECT TABLE_NAME FROM information_schema.COLUMNS {where} LIMIT 4")


async def functions(session: Session) -> list[str]:
    """The stored functions of the selected database."""
    where = "WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'FUNCTION'"
    return await _first_column(session, f"SELECT ROUTINE_NAME FROM information_schema.ROUTINES {where}")
