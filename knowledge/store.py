"""Terms and verified queries in the data folder's SQLite file.

Who may see and change them: what an account creates counts for that account alone, except that what an editor
(settings, ``[knowledge] editors``) creates counts for all accounts of the upstream. Only its owner changes a personal
one, only an editor a shared one. For its owner, a personal one hides a shared one of the same name.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from knowledge.database import Database, Repository
from knowledge.records import Place, Taught, Term, VerifiedQuery
from plugins import AskwireError, ErrorCode

EVERYBODY = ""
KEPT = 256  # snapshots
# Of one account (or of the shared ones) in one database: a bound on memory, far above what people write by hand.
MOST = 1_000
_TERM = "name, definition, owner, audience, changed_at"
_QUERY = "name, question, sql, tables, columns, origin, owner, audience, changed_at"


def is_editor(account: str, editors: Sequence[str]) -> bool:
    """Whether ``account`` (``user@host``) is listed: as such, by its user alone, or by ``*`` for everybody."""
    user = account.rpartition("@")[0] or account
    # A user may be called 'ed@%': an entry with a host is an account, never such a user's name.
    return any(entry in ("*", account) or (entry == user and "@" not in entry) for entry in editors)


class Store(Repository):
    """What was taught, for all sessions of this process. Raises KNOWLEDGE_UNAVAILABLE when the file fails."""

    def __init__(self, database: Database, editors: Sequence[str] = ()) -> None:
        super().__init__(database)
        self._editors = tuple(editors)
        # Of the reading thread alone.
        self._snapshots: OrderedDict[tuple[Place, str], Taught] = OrderedDict()
        self._revision = 0

    def is_editor(self, account: str) -> bool:
        return is_editor(account, self._editors)

    async def taught(self, place: Place, account: str) -> Taught:
        """What counts for the account; one row is read unless something changed."""
        return await self._read(lambda c: self._snapshot(c, place, account))

    async def put(self, place: Place, account: str, item: Term | VerifiedQuery, *, or_replace: bool = False) -> bool:
        """Keep ``item`` for the account, or for all when the account is an editor; whether it counts for all.

        Raises NAME_TAKEN (unless ``or_replace``), TOO_MANY and NOT_YOURS.
        """
        if account == EVERYBODY:
            raise AskwireError(ErrorCode.NOT_YOURS, "The database does not say who you are")
        shared = self.is_editor(account)
        audience = EVERYBODY if shared else account
        item = replace(item, owner=account, shared=shared, changed_at=_now())

        def work(c: sqlite3.Connection) -> None:
            table = _table(item)
            taken = any(_exists(c, table, place, whose, item.name) for whose in (account, audience))
            if taken and not or_replace:
                said = f"There is a {'term' if isinstance(item, Term) else 'verified query'} {item.name!r} already"
                raise AskwireError(ErrorCode.NAME_TAKEN, said)
            _delete(c, table, place, account, item.name)
            _delete(c, table, place, audience, item.name)
            _room(c, table, place, audience)
            _insert(c, place, audience, item)
            _count_up(c)

        await self._write(work)
        return shared

    async def drop(self, kind: type[Term] | type[VerifiedQuery], place: Place, account: str, name: str) -> None:
        """Drop the account's own, else (an editor) the shared one. Raises NOT_KNOWN and NOT_YOURS."""
        table = "terms" if kind is Term else "queries"

        def work(c: sqlite3.Connection) -> None:
            if not _delete(c, table, place, account, name):
                if not _exists(c, table, place, EVERYBODY, name):
                    said = f"There is no {'term' if kind is Term else 'verified query'} {name!r}"
                    raise AskwireError(ErrorCode.NOT_KNOWN, said, _listed(kind))
                if not self.is_editor(account):
                    said = f"The {'term' if kind is Term else 'verified query'} {name!r} is shared"
                    raise AskwireError(ErrorCode.NOT_YOURS, said)
                _delete(c, table, place, EVERYBODY, name)
            _count_up(c)

        await self._write(work)

    # ---- the operator's: what counts for everybody

    async def put_for_all(self, place: Place, owner: str, item: Term | VerifiedQuery) -> None:
        """Keep ``item`` for all accounts, in the place of a shared one of its name. Raises TOO_MANY."""
        item = replace(item, owner=owner, shared=True, changed_at=_now())

        def work(c: sqlite3.Connection) -> None:
            _delete(c, _table(item), place, EVERYBODY, item.name)
            _room(c, _table(item), place, EVERYBODY)
            _insert(c, place, EVERYBODY, item)
            _count_up(c)

        await self._write(work)

    async def drop_for_all(self, kind: type[Term] | type[VerifiedQuery], place: Place, name: str) -> None:
        """Drop the shared one. Raises NOT_KNOWN."""

        def work(c: sqlite3.Connection) -> None:
            if not _delete(c, "terms" if kind is Term else "queries", place, EVERYBODY, name):
                nothing = f"There is no {name!r} that counts for everybody"
                raise AskwireError(ErrorCode.NOT_KNOWN, nothing, _listed(kind))
            _count_up(c)

        await self._write(work)

    async def share(self, place: Place, account: str, name: str) -> None:
        """Let the account's own verified query count for everybody; one that does already stays. Raises TOO_MANY."""

        def work(c: sqlite3.Connection) -> None:
            if not _exists(c, "queries", place, account, name):
                return
            _delete(c, "queries", place, EVERYBODY, name)
            _room(c, "queries", place, EVERYBODY)
            sql = "UPDATE queries SET audience = '' WHERE upstream = ? AND database = ? AND audience = ? AND folded = ?"
            c.execute(sql, _key(place, account, name))
            _count_up(c)

        await self._write(work)

    async def databases(self, upstream: str) -> list[str]:
        """Those for which something was taught that counts for everybody, by name."""
        tables = ("terms", "queries")
        each = (f"SELECT database FROM {table} WHERE upstream = ?1 AND audience = ''" for table in tables)
        sql = f"{' UNION '.join(each)} ORDER BY 1"
        return await self._read(lambda c: [row[0] for row in c.execute(sql, (upstream,))])

    def _snapshot(self, c: sqlite3.Connection, place: Place, account: str) -> Taught:
        # A counter and not PRAGMA data_version, which also goes up with every question in the history.
        revision = int(c.execute("SELECT revision FROM teaching").fetchone()[0])
        if revision != self._revision:
            self._snapshots.clear()
            self._revision = revision
        key = (place, account)
        found = self._snapshots.get(key)
        if found is None:
            found = self._snapshots[key] = _load(c, place, account)
        self._snapshots.move_to_end(key)
        while len(self._snapshots) > KEPT:
            self._snapshots.popitem(last=False)
        return found


def _load(c: sqlite3.Connection, place: Place, account: str) -> Taught:
    c.execute("BEGIN")  # both tables and the revision as of one moment
    try:
        revision = int(c.execute("SELECT revision FROM teaching").fetchone()[0])
        terms = {row[0].casefold(): _term(*row) for row in _rows(c, "terms", _TERM, place, account)}
        queries = {row[0].casefold(): _query(*row) for row in _rows(c, "queries", _QUERY, place, account)}
    finally:
        c.execute("COMMIT")
    return Taught(tuple(terms.values()), tuple(queries.values()), revision)


def _term(name: str, definition: str, owner: str, audience: str, changed_at: str) -> Term:
    return Term(name, definition, owner, audience == EVERYBODY, changed_at)


def _query(name: str, question: str, sql: str, tables: str, columns: str, *rest: str) -> VerifiedQuery:
    origin, owner, audience, changed_at = rest
    reads = (tuple(json.loads(tables)), tuple(json.loads(columns)))
    return VerifiedQuery(name, question, sql, *reads, origin, owner, audience == EVERYBODY, changed_at)


def _rows(c: sqlite3.Connection, table: str, columns: str, place: Place, account: str) -> list[tuple[Any, ...]]:
    """The shared ones first, so that the account's own take their place."""
    sql = (
        f"SELECT {columns} FROM {table} WHERE upstream = ? AND database = ? AND audience IN ('', ?)"
        " ORDER BY audience <> '', folded"
    )
    return c.execute(sql, (place.upstream, place.database, account)).fetchall()


def _listed(kind: type[Term] | type[VerifiedQuery]) -> str:
    return f"SHOW AI {'TERMS' if kind is Term else 'QUERIES'} lists what there is for you."


def _table(item: Term | VerifiedQuery) -> str:
    return "terms" if isinstance(item, Term) else "queries"


def _key(place: Place, audience: str, name: str) -> tuple[str, ...]:
    return place.upstream, place.database, audience, name.casefold()


def _exists(c: sqlite3.Connection, table: str, place: Place, audience: str, name: str) -> bool:
    sql = f"SELECT 1 FROM {table} WHERE upstream = ? AND database = ? AND audience = ? AND folded = ?"
    return c.execute(sql, _key(place, audience, name)).fetchone() is not None


def _delete(c: sqlite3.Connection, table: str, place: Place, audience: str, name: str) -> bool:
    sql = f"DELETE FROM {table} WHERE upstream = ? AND database = ? AND audience = ? AND folded = ?"
    return c.execute(sql, _key(place, audience, name)).rowcount > 0


def _room(c: sqlite3.Connection, table: str, place: Place, audience: str) -> None:
    sql = f"SELECT COUNT(*) FROM {table} WHERE upstream = ? AND database = ? AND audience = ?"
    if c.execute(sql, (place.upstream, place.database, audience)).fetchone()[0] >= MOST:
        raise AskwireError(ErrorCode.TOO_MANY, f"There are {MOST} of them in this database already")


def _insert(c: sqlite3.Connection, place: Place, audience: str, item: Term | VerifiedQuery) -> None:
    key = _key(place, audience, item.name)
    if isinstance(item, Term):
        values: tuple[str, ...] = (item.name, item.definition, item.owner, item.changed_at)
        names = "name, definition, owner, changed_at"
    else:
        parts = (json.dumps(item.tables), json.dumps(item.columns))
        values = (item.name, item.question, item.sql, *parts, item.origin, item.owner, item.changed_at)
        names = "name, question, sql, tables, columns, origin, owner, changed_at"
    marks = ", ".join("?" * (len(key) + len(values)))
    sql = f"INSERT INTO {_table(item)} (upstream, database, audience, folded, {names}) VALUES ({marks})"
    c.execute(sql, (*key, *values))


def _count_up(c: sqlite3.Connection) -> None:
    c.execute("UPDATE teaching SET revision = revision + 1")


def _now() -> str:
    return datetime.now(UTC).isoformat(sep=" ", timespec="seconds")[:19]
