"""Knowledge bases and who may use them.

An editor (settings, ``[knowledge] editors``) makes bases and owns them all; so does the operator (command line, admin
HTTP). Owners load and drop; readers search. To anybody else a base does not exist. Members are accounts of one
upstream (``user@host``, ``user``, or ``*`` for everybody); those that the operator names count for every upstream.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from knowledge.database import Database, Repository
from knowledge.records import OPEN, Base, Who
from knowledge.store import is_editor
from plugins import AskwireError, ErrorCode

_BASE = "id, name, owner, embedder, backend, revision"
MOST = 1_000
OPERATORS = "operator"  # the owner of what no account made
MEMBERS = "SHOW AI KNOWLEDGE names the owners and readers."
LISTED = "SHOW AI KNOWLEDGE lists those that you may read."


class Bases(Repository):
    """The bases of the data folder. Every method raises KNOWLEDGE_UNAVAILABLE when the file fails."""

    def __init__(self, database: Database, editors: Sequence[str] = ()) -> None:
        super().__init__(database)
        self._editors = tuple(editors)

    def may_create(self, who: Who) -> bool:
        return who.operator or (bool(who.account) and is_editor(who.account, self._editors))

    async def create(self, who: Who, name: str, embedder: str, readers: Sequence[str] = ()) -> Base:
        """Make an empty base. Raises NOT_YOURS, NAME_TAKEN, TOO_MANY."""
        if not self.may_create(who):
            advice = (
                "Ask whoever runs the gateway to make it ('askwire knowledge create'), "
                f"or have {who.account!r} listed under [knowledge] editors in its settings."
            )
            raise AskwireError(ErrorCode.NOT_YOURS, "Only editors make knowledge bases", advice)
        owner = who.account or OPERATORS

        def work(c: sqlite3.Connection) -> Base:
            if _find(c, name) is not None:
                taken = f"There is a knowledge base {name!r} already"
                raise AskwireError(ErrorCode.NAME_TAKEN, taken, "DROP KNOWLEDGE first, or use another name.")
            if c.execute("SELECT COUNT(folded) FROM bases").fetchone()[0] >= MOST:
                raise AskwireError(ErrorCode.TOO_MANY, f"There are {MOST} knowledge bases already")
            values = (name.casefold(), name, owner, embedder, now())
            sql = "INSERT INTO bases (folded, name, owner, embedder, created_at) VALUES (?, ?, ?, ?, ?)"
            base = Base(c.execute(sql, values).lastrowid or 0, name, owner, embedder)
            if not who.operator:
                _put_member(c, base.id, who.upstream, who.account, "owner")
            for reader in readers:
                _put_member(c, base.id, who.upstream, reader, "reader")
            return base

        return await self._write(work)

    async def readable(self, who: Who, names: Sequence[str]) -> list[Base]:
        """The bases called ``names``, each once. Raises NOT_KNOWN for one that is not there for ``who``."""
        return await self._read(lambda c: [self._get(c, who, name, "reader") for name in dict.fromkeys(names)])

    async def owned(self, who: Who, name: str) -> Base:
        """The base ``name``. Raises NOT_KNOWN, and NOT_YOURS when ``who`` may only read it."""
        return await self._read(lambda c: self._get(c, who, name, "owner"))

    async def visible(self, who: Who) -> list[Base]:
        """What ``who`` may read, by name."""

        def work(c: sqlite3.Connection) -> list[Base]:
            rows = c.execute(f"SELECT {_BASE} FROM bases WHERE folded IS NOT NULL ORDER BY folded").fetchall()
            return [base for row in rows if self._role(c, who, base := Base(*row)) is not None]

        return await self._read(work)

    async def role(self, who: Who, base: Base) -> str | None:
        """``owner``, ``reader`` or None."""
        return await self._read(lambda c: self._role(c, who, base))

    async def members(self, base: Base) -> list[tuple[str, str]]:
        """(account, role), owners first."""
        sql = "SELECT DISTINCT account, role FROM members WHERE base = ? ORDER BY role, account"
        return await self._read(lambda c: c.execute(sql, (base.id,)).fetchall())

    async def admit(self, who: Who, name: str, account: str, role: str) -> None:
        """Let ``account`` be ``owner`` or ``reader`` of the base. Raises NOT_KNOWN, NOT_YOURS, TOO_MANY."""

        def work(c: sqlite3.Connection) -> None:
            base = self._get(c, who, name, "owner")
            if c.execute("SELECT COUNT(*) FROM members WHERE base = ?", (base.id,)).fetchone()[0] >= MOST:
                raise AskwireError(ErrorCode.TOO_MANY, f"The knowledge base has {MOST} members already")
            _put_member(c, base.id, who.upstream, account, role)

        await self._write(work)

    async def dismiss(self, who: Who, name: str, account: str, role: str) -> None:
        """Take that away again; the operator takes it away for every upstream. Raises NOT_KNOWN, NOT_YOURS."""

        def work(c: sqlite3.Connection) -> None:
            base = self._get(c, who, name, "owner")
            sql = "DELETE FROM members WHERE base = ? AND account = ? AND role = ? AND (? OR upstream IN ('', ?))"
            if not c.execute(sql, (base.id, account, role, who.operator, who.upstream)).rowcount:
                raise AskwireError(ErrorCode.NOT_KNOWN, f"{account} is no {role} of {base.name}", MEMBERS)

        await self._write(work)

    async def drop(self, who: Who, name: str) -> Base:
        """Drop the base: from now on it is not there for anybody, and its name is free. Raises NOT_KNOWN, NOT_YOURS.

        What it held is deleted by ``knowledge/slices.py`` when the ingest is woken.
        """

        def work(c: sqlite3.Connection) -> Base:
            base = self._get(c, who, name, "owner")
            c.execute("UPDATE bases SET folded = NULL WHERE id = ?", (base.id,))
            c.execute("DELETE FROM members WHERE base = ?", (base.id,))
            c.execute(f"UPDATE loads SET state = 'cancelled' WHERE base = ? AND state IN {OPEN}", (base.id,))
            return base

        return await self._write(work)

    def _get(self, c: sqlite3.Connection, who: Who, name: str, needed: str) -> Base:
        base = _find(c, name)
        role = self._role(c, who, base) if base is not None else None
        if base is None or role is None:
            raise AskwireError(ErrorCode.NOT_KNOWN, f"There is no knowledge base {name!r} that you may read", LISTED)
        if needed == "owner" and role != "owner":
            may = f"You may read the knowledge base {base.name!r}, not change it"
            raise AskwireError(ErrorCode.NOT_YOURS, may, "Ask one of its owners: SHOW AI KNOWLEDGE names them.")
        return base

    def _role(self, c: sqlite3.Connection, who: Who, base: Base) -> str | None:
        if self.may_create(who):
            return "owner"
        sql = "SELECT account, role FROM members WHERE base = ? AND upstream IN ('', ?) ORDER BY role"
        members = c.execute(sql, (base.id, who.upstream)).fetchall()
        return next((role for account, role in members if who.account and is_editor(who.account, (account,))), None)


def _find(c: sqlite3.Connection, name: str) -> Base | None:
    row = c.execute(f"SELECT {_BASE} FROM bases WHERE folded = ?", (name.casefold(),)).fetchone()
    return Base(*row) if row is not None else None


def _put_member(c: sqlite3.Connection, base: int, upstream: str, account: str, role: str) -> None:
    c.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?)", (base, upstream, account, role))


def now() -> str:
    """UTC, to the second, as the file keeps moments."""
    return datetime.now(UTC).isoformat(sep=" ", timespec="seconds")[:19]
