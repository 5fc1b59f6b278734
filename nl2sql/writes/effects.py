"""Whether a change of a table can be taken back, and what else the database does beside it.

What the account may not see is not told: triggers show only to whoever has the TRIGGER right.
"""

from nl2sql.writes.guard import Change
from plugins import AskwireError, ErrorCode, Session
from plugins.literals import quote_literal, quote_name

QUERY_SECONDS = 5.0
# Engines whose tables take part in transactions and savepoints; MyISAM, Aria, MEMORY, CSV and others write at once.
ENGINES = frozenset({"innodb"})


async def effects(session: Session, change: Change) -> tuple[str, ...]:
    """One line for each effect beside the statement's own. Raises CANNOT_REHEARSE and UpstreamError."""
    await _check_engine(session, change.table.name)
    return (*await _triggers(session, change), *await _references(session, change))


async def _check_engine(session: Session, table: str) -> None:
    found = await _read(
        session,
        "SELECT TABLE_TYPE, ENGINE FROM information_schema.TABLES"
        f" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {quote_literal(table)}",
    )
    if len(found) != 1 or found[0][0] not in ("BASE TABLE", "SYSTEM VERSIONED"):
        raise AskwireError(ErrorCode.CANNOT_REHEARSE, f"{table} is not a base table")
    if found[0][1].lower() not in ENGINES:
        reason = f"{table} is in the engine {found[0][1]}, which cannot take a change back"
        raise AskwireError(ErrorCode.CANNOT_REHEARSE, reason)
    # A temporary table of that name hides the other, in an engine of its own.
    created = await _read(session, f"SHOW CREATE TABLE {quote_name(table)}")
    if created[0][1].upper().startswith("CREATE TEMPORARY"):
        raise AskwireError(ErrorCode.CANNOT_REHEARSE, f"{table} is a temporary table of this session")


async def _triggers(session: Session, change: Change) -> list[str]:
    found = await _read(
        session,
        "SELECT TRIGGER_NAME, ACTION_TIMING FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE()"
        f" AND EVENT_OBJECT_TABLE = {quote_literal(change.table.name)} AND EVENT_MANIPULATION = '{change.kind}'",
    )
    return [f"the trigger {name} runs {timing.lower()} each row" for name, timing in found]


async def _references(session: Session, change: Change) -> list[str]:
    """Foreign keys whose rows the database deletes or changes by itself; it does not count them."""
    if change.kind == "INSERT":
        return []
    rule = f"{change.kind}_RULE"
    sql = (
        f"SELECT DISTINCT k.TABLE_NAME, r.{rule} FROM information_schema.KEY_COLUMN_USAGE AS k"
        " JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA"
        " AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME"
        " WHERE k.REFERENCED_TABLE_SCHEMA = DATABASE()"
        f" AND k.REFERENCED_TABLE_NAME = {quote_literal(change.table.name)}"
        f" AND r.{rule} IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
    )
    if change.kind == "UPDATE":
        sql += f" AND k.REFERENCED_COLUMN_NAME IN ({', '.join(quote_literal(c) for c in change.columns)})"
    found = await _read(session, sql)
    return [f"rows of {table} that refer to these follow, uncounted: ON {change.kind} {does}" for table, does in found]


async def _read(session: Session, sql: str) -> list[tuple[str, ...]]:
    result = await session.query(sql, time_limit_s=QUERY_SECONDS, max_rows=100)
    return [
        tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else v or "" for v in row) for row in result.rows
    ]
