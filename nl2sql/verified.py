"""Verified queries and the schema: checked when they are made, and against what the caller sees each time."""

from knowledge.records import VerifiedQuery
from nl2sql.catalog import Catalog
from nl2sql.guard import Guarded, check, explain
from plugins import AskwireError, ErrorCode, Session
from plugins.readonly import Rejected, generate


async def verify(session: Session, sql: str, catalog: Catalog, limit: int) -> Guarded:
    """``sql`` through the same checks as a model's: the guard, then EXPLAIN. Raises REFUSED, BAD_SQL, UpstreamError."""
    try:
        guarded = check(sql, catalog, limit, trusted=True)
    except Rejected as rejected:
        code = ErrorCode.REFUSED if rejected.fault.refused else ErrorCode.BAD_SQL
        raise AskwireError(code, f"The SQL does not pass: {rejected.fault.message}") from rejected
    if not guarded.tables:
        raise AskwireError(ErrorCode.BAD_SQL, "The SQL reads no table")
    error = await explain(session, guarded)
    if error is not None:
        raise AskwireError(ErrorCode.BAD_SQL, f"The database does not run it: {error}")
    return guarded


def verified_query(name: str, question: str, guarded: Guarded, origin: str = "created") -> VerifiedQuery:
    """The query as it is kept: its SQL written anew from the checked tree, without the LIMIT that ASK adds."""
    return VerifiedQuery(name, question, generate(guarded.tree), guarded.tables, guarded.columns, origin)


def missing(query: VerifiedQuery, catalog: Catalog) -> str | None:
    """Why the query does not hold in this catalog; None when it does.

    Asked with every use, so that a query is broken as soon as a table is dropped and heals when it comes back; and an
    account that may not read one of the tables never gets to see the query.
    """
    for name in query.tables:
        if catalog.table(name) is None:
            return f"there is no table {name}"
    for name in query.columns:
        table_name, _, column = name.partition(".")
        table = catalog.table(table_name)
        if table is None or table.column(column) is None:
            return f"there is no column {name}"
    return None
