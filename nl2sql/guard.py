"""The guard between the model and the database: nothing that did not come out of here is ever run.

parse -> only reading syntax -> every name resolved -> LIMIT -> text made anew from the tree -> EXPLAIN on the session.

EXPLAIN comes last for a reason: while planning, MariaDB evaluates derived tables without tables and constants, so that
EXPLAIN of a call of a stored function runs it (measured on 10.11). Nothing that could write gets so far, and
``Session.query`` runs in a READ ONLY transaction where the caller has none open.
"""

from dataclasses import dataclass

from sqlglot import exp

from nl2sql.asked import Asked
from nl2sql.catalog import Catalog
from nl2sql.grouping import count_distinct
from nl2sql.literal_places import place_values
from nl2sql.names import resolve
from nl2sql.rewrites import rewrite
from nl2sql.unasked import drop_unasked
from nl2sql.windowed import keep_to_window
from plugins import Session, UpstreamError
from plugins.readonly import check_tree, generate, parse_one, with_limit
from plugins.stored_functions import called, stored_function

EXPLAIN_SECONDS = 5.0
# https://mariadb.com/kb/en/mariadb-error-codes/: EXPLAIN of a view wants rights that reading it does not.
VIEW_NO_EXPLAIN = 1345
NEEDS_RIGHTS = frozenset({1044, 1142, 1143, 1227, 1345, 1356, 1370})


@dataclass(frozen=True, slots=True)
class Guarded:
    """A statement that may run. ``tree`` has no LIMIT of ours yet where ``sql`` has."""

    tree: exp.Query
    sql: str
    tables: tuple[str, ...]
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check(
    candidate: "str | exp.Query", catalog: Catalog, limit: int, asked: Asked | None = None, *, trusted: bool = False
) -> Guarded:
    """Check a candidate, given as text or as a tree that was made from checked parts. Raises Rejected.

    What is ``asked`` lets a literal be put to the column that holds it, and conditions be left out that nobody stated.
    ``trusted``: a person wrote it and means it so; it is checked all the same, but not rewritten.
    """
    if isinstance(candidate, str):
        tree = parse_one(candidate)
    else:
        tree = candidate.copy()
        check_tree(tree)
    names = resolve(tree, catalog)
    if asked is not None:
        place_values(tree, names, asked.values)
        drop_unasked(tree, names, asked)
        keep_to_window(tree, names, asked)
        if asked.is_count:
            count_distinct(tree, names)
    if not trusted:
        rewrite(tree, names)
    limited, note = with_limit(tree, limit)
    notes = (*names.notes, note) if note else tuple(names.notes)
    return Guarded(tree, generate(limited), tuple(names.tables), tuple(names.columns), notes)


async def explain(session: Session, guarded: Guarded) -> str | None:
    """The database's own view of the statement: None when it would run, else its error.

    Raises UpstreamError when the account lacks a right: no repair gets around that. A stored function under a
    built-in's name could write in the caller's own transaction: then the answer is that it may not run.
    """
    if session.in_transaction and (stored := await stored_function(session, called(guarded.sql))):
        return f"{stored[:60]} is a stored function here, and may not run while your transaction is open"
    try:
        await session.query(f"EXPLAIN {guarded.sql}", time_limit_s=EXPLAIN_SECONDS, max_rows=100)
    except UpstreamError as error:
        if error.number == VIEW_NO_EXPLAIN:
            return await _dry_run(session, guarded)
        if error.number in NEEDS_RIGHTS:
            raise
        return error.message
    return None


async def _dry_run(session: Session, guarded: Guarded) -> str | None:
    """LIMIT 0 resolves every name and right and reads no row."""
    try:
        sql = generate(guarded.tree.copy().limit(0, copy=False))
        await session.query(sql, time_limit_s=EXPLAIN_SECONDS, max_rows=1)
    except UpstreamError as error:
        if error.number in NEEDS_RIGHTS:
            raise
        return error.message
    return None
