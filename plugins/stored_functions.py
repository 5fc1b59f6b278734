"""Stored functions that SQL calls where its author meant a built-in: it may be missing in the server's version."""

import re
from collections.abc import Collection

from plugins.literals import quote_literal
from plugins.session import Session

QUERY_SECONDS = 5.0
_CALL = re.compile(r"(\w+)[`\"]?\s*\(")
_MYSQL = """SELECT MIN(ROUTINE_NAME) FROM information_schema.ROUTINES
WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME IN ({names})"""
# pg_depend knows which came with an extension: only an administrator installs one.
_POSTGRES = """/*raw*/ SELECT pg_catalog.min(p.proname::text) FROM pg_catalog.pg_proc p
WHERE p.proname = ANY (ARRAY[{names}]::name[]) AND p.pronamespace <> 'pg_catalog'::regnamespace::oid
AND pg_catalog.pg_function_is_visible(p.oid) AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
WHERE e.classid = 'pg_catalog.pg_proc'::regclass::oid AND e.objid = p.oid AND e.deptype = 'e')"""


def called(sql: str) -> frozenset[str]:
    """Every name, in lower case, before a parenthesis: all functions that ``sql`` calls, and some that it does not."""
    return frozenset(name.lower() for name in _CALL.findall(sql))


async def stored_function(session: Session, names: Collection[str]) -> str | None:
    """One of ``names`` that unqualified is a stored function here. Raises UpstreamError."""
    if not names:
        return None
    listed = ", ".join(quote_literal(name) for name in sorted(names))
    if session.database_kind == "postgres":
        found = await session.query(_POSTGRES.format(names=listed))
    elif session.dialect == "mysql" and session.database_kind in ("mysql", "mariadb") and session.database:
        found = await session.query(_MYSQL.format(names=listed), time_limit_s=QUERY_SECONDS)
    else:  # no stored functions
        return None
    name = found.rows[0][0]
    return None if name is None else str(name)
