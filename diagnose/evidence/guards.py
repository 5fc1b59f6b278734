"""What only the server knows about whether EXPLAIN may be sent: stored functions of a built-in's name, and views."""

import json
from collections.abc import Sequence

from sqlglot import exp

from diagnose.evidence import postgres_facts
from diagnose.evidence.facts import POSTGRES, Schema, Server
from diagnose.evidence.facts_rows import rows_of
from diagnose.evidence.mysql_facts import Name, select
from diagnose.evidence.parsing import parse
from diagnose.evidence.reading import MAX_TABLES
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.evidence.tables import table_names
from plugins import AskwireError, Session
from plugins.literals import quote_literal
from plugins.stored_functions import stored_function

Aliases = dict[str, set[str]]


async def check(session: Session, server: Server, schema: Schema, tree: exp.Expr, calls: frozenset[str]) -> Aliases:
    """Raises ``Unsafe`` when EXPLAIN could run a function that somebody wrote, and ``UpstreamError``.

    Returns what the aliases inside of views stand for, which a plan of MySQL's and MariaDB's names.
    """
    named = table_names(tree)
    names = [(database or schema.database, name) for database, name in named if database or schema.database]
    if len(named) > MAX_TABLES:
        raise Unsafe(f"it names more than {MAX_TABLES} tables")
    if server.kind == POSTGRES:
        await _check_postgres(session, schema.database, names, calls)
        return {}
    if server.is_mysql_family:
        _check_known(server, schema, names)
        if stored := await stored_function(session, calls):
            raise Unsafe(f"{stored[:60]}() is a stored function here")
        return await _check_views(session, server, schema, names)
    return {}


# --- MySQL and MariaDB ----------------------------------------------------------------------------------------------


def _check_known(server: Server, schema: Schema, names: Sequence[Name]) -> None:
    """Where case does not count in names, information_schema may miss a view that EXPLAIN finds."""
    folds = server.settings.get("lower_case_table_names", "0") != "0"
    unknown = [name for database, name in names if schema.table(name, database) is None]
    if folds and unknown:
        raise Unsafe(f"it is not known what {unknown[0][:60]} is")


async def _check_views(session: Session, server: Server, schema: Schema, names: Sequence[Name]) -> Aliases:
    """What stands behind views, and behind the views in them, is held to the same as the statement.

    Every name is asked about again: what the schema says may be some seconds old.
    """
    aliases: Aliases = {}
    unread = {(table.schema, table.name) for table in schema.tables if table.view}
    seen: set[Name] = set()
    pending = list(dict.fromkeys(names))
    while pending:
        seen.update(pending)
        if len(seen) > MAX_TABLES:
            raise Unsafe("there are too many tables behind its views")
        rows = await select(session, "TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION", "VIEWS", pending)
        unread -= {(row[0], row[1]) for row in rows}
        inner: list[Name] = []
        for database, name, definition in rows:
            for table in _view(server, name, definition).find_all(exp.Table):
                inner.append((table.db or database, table.name))
                aliases.setdefault(table.alias_or_name.casefold(), set()).add(table.name)
        pending = [name for name in dict.fromkeys(inner) if name not in seen]
    if unread:
        raise Unsafe("the definition of a view is not visible to you")
    return aliases


def _view(server: Server, name: str, definition: str) -> exp.Query:
    """The query of a view. Raises ``Unsafe``."""
    shown = f"the view {name[:60]}"
    if not definition:
        raise Unsafe(f"the definition of {shown} is not visible to you")
    try:
        tree = parse(definition, server.settings.get("sql_mode", ""))
        if not isinstance(tree, exp.Query):
            raise Unsafe("it is no SELECT")
        explainable(tree)
    except AskwireError as error:
        raise Unsafe(f"{shown} cannot be read") from error
    except Unsafe as error:
        raise Unsafe(f"{shown}: {error}") from error
    return tree


# --- PostgreSQL -----------------------------------------------------------------------------------------------------

# A function of the same name as a built-in that fits the arguments better is called in its place, an operator
# likewise, and a cast without being asked for. pg_depend has no rows for what is built in, so any that it has is
# somebody's; extensions are trusted: only an administrator installs one.
_POSTGRES = """/*raw*/ WITH RECURSIVE {found}, own AS (SELECT 'pg_catalog.pg_proc'::regclass::oid AS class, p.oid,
p.proname
FROM pg_catalog.pg_proc p WHERE p.pronamespace <> 'pg_catalog'::regnamespace::oid AND p.oid >= 16384::oid
UNION ALL SELECT 'pg_catalog.pg_operator'::regclass::oid, o.oid, o.oprname FROM pg_catalog.pg_operator o
WHERE o.oprnamespace <> 'pg_catalog'::regnamespace::oid AND o.oid >= 16384::oid),
strange AS MATERIALIZED (SELECT w.* FROM own w WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
WHERE e.classid = w.class AND e.objid = w.oid AND e.deptype = 'e')),
behind(oid) AS (SELECT oid FROM same UNION SELECT d.refobjid FROM behind b
JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.oid JOIN pg_catalog.pg_depend d ON d.classid =
'pg_catalog.pg_rewrite'::regclass::oid AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass::oid),
kept(oid) AS (SELECT oid FROM behind UNION SELECT i.inhrelid FROM kept k JOIN pg_catalog.pg_inherits i
ON i.inhparent = k.oid),
folded AS (SELECT 'pg_catalog.pg_class'::regclass::oid AS class, i.indexrelid AS oid FROM pg_catalog.pg_index i
JOIN kept k ON k.oid = i.indrelid UNION ALL SELECT 'pg_catalog.pg_class'::regclass::oid, k.oid FROM kept k
UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass::oid, c.oid FROM pg_catalog.pg_constraint c JOIN kept k
ON k.oid = c.conrelid UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::regclass::oid, x.oid
FROM pg_catalog.pg_statistic_ext x JOIN kept k ON k.oid = x.stxrelid),
rules AS (SELECT 'pg_catalog.pg_rewrite'::regclass::oid AS class, r.oid FROM pg_catalog.pg_rewrite r JOIN behind b
ON b.oid = r.ev_class UNION ALL SELECT 'pg_catalog.pg_policy'::regclass::oid, p.oid FROM pg_catalog.pg_policy p
JOIN behind b ON b.oid = p.polrelid)
SELECT pg_catalog.json_build_array(
(SELECT pg_catalog.min(s.proname::text) FROM strange s WHERE CASE WHEN s.class =
'pg_catalog.pg_operator'::regclass::oid
THEN pg_catalog.pg_operator_is_visible(s.oid) ELSE EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.castfunc = s.oid)
OR (pg_catalog.pg_function_is_visible(s.oid) AND (s.proname = ANY (ARRAY[{calls}]::name[])
OR EXISTS (SELECT FROM pg_catalog.pg_proc b
WHERE b.pronamespace = 'pg_catalog'::regnamespace::oid AND b.proname = s.proname))) END),
(SELECT pg_catalog.min(s.proname::text) FROM rules r JOIN pg_catalog.pg_depend d ON d.classid = r.class AND d.objid =
r.oid
JOIN strange s ON s.class = d.refclassid AND s.oid = d.refobjid),
(SELECT pg_catalog.min(s.proname::text) FROM folded f JOIN pg_catalog.pg_depend d ON d.classid = f.class
AND d.objid = f.oid
JOIN strange s ON s.class = d.refclassid AND s.oid = d.refobjid))::text"""


async def _check_postgres(session: Session, database: str, names: Sequence[Name], calls: frozenset[str]) -> None:
    called = ", ".join(quote_literal(name) for name in sorted(calls))
    sql = _POSTGRES.format(found=postgres_facts.found(names, database), calls=called)
    shadow, behind, folded = json.loads(rows_of(await session.query(sql))[0][0])
    if shadow is not None:
        raise Unsafe(f"this database has a {str(shadow)[:60]} of its own")
    if behind is not None:
        raise Unsafe(f"a view or policy calls {str(behind)[:60]}, which is not built in")
    # Planning reads these of every statement on the table. Elsewhere nothing can be written while it does.
    if folded is not None and session.in_transaction:
        raise Unsafe(f"your transaction is open, and an index or constraint calls {str(folded)[:60]}")
