"""A statement in another database's SQL, in MySQL's: only what the server then explains is offered."""

import sqlglot
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from diagnose.evidence.gather import gather
from plugins import AskwireError, Session

# Whose SQL people write by habit; the first whose translation the server understands is taken.
DIALECTS = ("tsql", "postgres", "oracle", "sqlite", "snowflake", "bigquery")
MAX_CHARS = 4_000
MAX_TRIED = 4


async def in_mysql(session: Session, sql: str) -> str:
    """MySQL's text of the statement; empty when it is none of another database's. Raises ``UpstreamError``."""
    for text in _translations(sql):
        if await understood(session, text):
            return text
    return ""


async def understood(session: Session, sql: str) -> bool:
    """Whether the server explains it: its syntax, tables, columns and functions are there. Raises ``UpstreamError``."""
    try:
        return (await gather(session, sql)).plan is not None
    except AskwireError:
        return False


def _translations(sql: str) -> list[str]:
    if len(sql) > MAX_CHARS:
        return []
    found: dict[str, None] = {}
    for dialect in DIALECTS:
        try:
            trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
            if len(trees) != 1 or isinstance(trees[0], exp.Command):
                continue
            text = trees[0].sql(dialect="mysql", comments=False, unsupported_level=ErrorLevel.RAISE)
        except (SqlglotError, RecursionError, ValueError):
            continue
        if _bare(text) != _bare(sql):
            found[text] = None
    return list(found)[:MAX_TRIED]


def _bare(sql: str) -> str:
    """Without what the writing of SQL changes."""
    return "".join(sql.replace("`", "").rstrip("; \n").split()).casefold()
