"""Temporary tables of the gateway's own in the client's session, to try advice on: ``plugins.Scratch``.

Only where the caller has no transaction open: CREATE INDEX commits, on temporary tables too. READ COMMITTED, because
INSERT … SELECT would lock the rows that it reads in any stricter isolation. Names have a random part, so no table of
the caller's is hidden; whatever becomes of the gateway, temporary tables end with the session.
https://dev.mysql.com/doc/refman/8.4/en/create-temporary-table.html, https://mariadb.com/kb/en/create-table/
"""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from plugins import AskwireError, ErrorCode, ResultSet, UpstreamError
from proxy.results import MustSucceed, raise_for
from proxy.routing import is_one_query
from proxy.trial import COMMIT, MYSQL, READ_ONLY
from proxy.wire.ends import AUTOCOMMIT
from proxy.wire.reply import Reply

if TYPE_CHECKING:
    from proxy.borrow import Borrowed

MAX_TABLES = 32
# Databases that are tried where the selected one takes no temporary tables.
MAX_HOMES = 20
_NO_HOMES = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
_DENIED = frozenset({1044, 1142, 1227})
# Rows of the caller's are copied as they are, however their values came in; NO_AUTO_VALUE_ON_ZERO keeps a 0.
_STRICT = frozenset({"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "NO_ZERO_DATE", "NO_ZERO_IN_DATE", "TRADITIONAL"})
# Where strings may end in another way than the check of a text assumes.
_OTHER_STRINGS = frozenset({"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"})
# In these SHOW CREATE TABLE leaves the engine out; what else they mean stands in @@sql_mode by itself.
_NO_ENGINE = frozenset("ANSI ORACLE MSSQL DB2 MAXDB POSTGRESQL NO_TABLE_OPTIONS".split())
# Whose temporary tables have rows of their own. A copy of a MERGE, FEDERATED, SPIDER or CONNECT table is another way to
# the caller's own rows: what is put into it is put there.
_ENGINES = frozenset({"INNODB", "MYISAM", "ARIA", "MEMORY", "ROCKSDB"})
_ENGINE = re.compile(r"\bENGINE\s*=\s*[`'\"]?(\w+)", re.IGNORECASE)
_MODES = re.compile(r"[A-Z0-9_,]*")
_LEVELS = frozenset({"READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})


def quoted(name: str) -> str:
    """An identifier for MySQL and MariaDB."""
    return "`" + name.replace("`", "``") + "`"


class Scratch:
    """Used once: ``async with session.scratch(…) as scratch``."""

    def __init__(self, session: "Borrowed", time_limit_s: float) -> None:
        self._session = session
        self._limit = time_limit_s
        self._home: str | None = None
        self._tables: list[str] = []  # also those whose CREATE was asked for only
        self._restore: list[str] = []
        self._modes: frozenset[str] = frozenset()
        self._autocommit = True
        self._reads_only = False  # the caller's own setting
        self.open = False

    async def __aenter__(self) -> Self:
        session = self._session
        if session.database_kind not in MYSQL:
            raise AskwireError(ErrorCode.NO_SCRATCH, "Only MySQL and MariaDB have temporary tables to try it on")
        if session.in_transaction:
            raise AskwireError(ErrorCode.NO_SCRATCH, "Your transaction is open")
        try:
            await self._begin()
        except Exception:
            await self.end()
            raise
        return self

    async def _begin(self) -> None:
        session = self._session
        asked = f"SELECT LAST_INSERT_ID(), @@sql_mode, @@{session.isolation_variable} LIMIT 1"
        last_id, modes, isolation = (str(value or "") for value in (await session.query(asked)).rows[0])
        level = isolation.replace("-", " ")
        if not _MODES.fullmatch(modes) or level not in _LEVELS:
            raise AskwireError(ErrorCode.NO_SCRATCH, "The session's modes are not known")
        self._modes = frozenset(modes.split(","))
        self._autocommit = bool(session.status & AUTOCOMMIT)
        self.open = True
        self._restore = [
            f"SET SESSION sql_mode='{modes}', last_insert_id={int(last_id or 0)}",
            f"SET SESSION TRANSACTION ISOLATION LEVEL {level}",
            *([READ_ONLY] if session.reads_only else []),
        ]
        self._reads_only, session.reads_only = session.reads_only, False
        lenient = ",".join(sorted(self._modes - _STRICT - _NO_ENGINE - {""} | {"NO_AUTO_VALUE_ON_ZERO"}))
        await self._run(f"SET SESSION sql_mode='{lenient}'")
        await self._run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        await self._run("SET SESSION TRANSACTION READ WRITE")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.end()

    # --- what the handler does --------------------------------------------------------------------------------

    async def query(self, sql: str, *, max_rows: int = 10_000) -> ResultSet:
        """See ``plugins.Scratch``."""
        self._check_open()
        return await self._session.query(sql, time_limit_s=self._limit, max_rows=max_rows)

    async def create(self, select: str) -> str:
        """See ``plugins.Scratch``."""
        self._check_query(select)
        return await self._create(f"AS ({select}\n)")

    async def create_like(self, table: str, database: str | None = None) -> str:
        """See ``plugins.Scratch``."""
        source = quoted(table) if database is None else f"{quoted(database)}.{quoted(table)}"
        made = await self._create(f"LIKE {source}")
        await self._check_engine(made)
        return made

    async def insert(self, table: str, columns: Sequence[str], select: str) -> int:
        """See ``plugins.Scratch``."""
        self._check_query(select)
        names = ", ".join(map(quoted, columns))
        reply = await self._change(f"INSERT INTO {self._own(table)} ({names}) {select}")
        return reply.summary.affected_rows

    async def add_index(
        self,
        table: str,
        columns: Sequence[str],
        *,
        prefixes: Mapping[str, int] | None = None,
        descending: Collection[str] = (),
    ) -> str:
        """See ``plugins.Scratch``."""
        lengths = prefixes or {}
        parts = []
        for column in columns:
            length = f"({int(lengths[column])})" if column in lengths else ""
            parts.append(quoted(column) + length + (" DESC" if column in descending else ""))
        name = f"askwire_{secrets.token_hex(4)}"
        await self._change(f"ALTER TABLE {self._own(table)} ADD INDEX {quoted(name)} ({', '.join(parts)})")
        return name

    async def drop_index(self, table: str, index: str) -> None:
        """See ``plugins.Scratch``."""
        await self._change(f"ALTER TABLE {self._own(table)} DROP INDEX {quoted(index)}")

    async def analyze(self, table: str) -> None:
        """See ``plugins.Scratch``."""
        await self._change(f"ANALYZE NO_WRITE_TO_BINLOG TABLE {self._own(table)}", limited=False)

    # --- the upstream -----------------------------------------------------------------------------------------

    async def _create(self, definition: str) -> str:
        if len(self._tables) >= MAX_TABLES:
            raise AskwireError(ErrorCode.NO_SCRATCH, f"More than {MAX_TABLES} temporary tables")
        if self._home is None:
            self._home = await self._find_home()
        table = self._new(self._home)
        await self._change(f"CREATE TEMPORARY TABLE {table} {definition}")
        return table

    def _new(self, home: str) -> str:
        table = f"{quoted(home)}.{quoted('askwire_' + secrets.token_hex(8))}"
        self._tables.append(table)  # before it is there: it goes whatever happens
        return table

    async def _find_home(self) -> str:
        """A database in which the account may make temporary tables. Raises ``UpstreamError``."""
        found = [str(name) for (name,) in (await self._session.query("SHOW DATABASES")).rows]
        homes = [name for name in found if name.lower() not in _NO_HOMES]
        selected = self._session.database
        if selected is not None:
            homes = [selected, *(name for name in homes if name != selected)]
        refused = UpstreamError(1046, "3D000", "No database selected")
        for home in homes[:MAX_HOMES]:
            table = self._new(home)
            try:
                await self._change(f"CREATE TEMPORARY TABLE {table} (a INT)")
            except UpstreamError as error:
                self._tables.remove(table)
                if error.number not in _DENIED:
                    raise
                refused = error
            else:
                return home
        raise refused

    async def _check_engine(self, table: str) -> None:
        """Raises NO_SCRATCH unless the table's rows are its own. A comment that looks like an engine counts too."""
        shown = await self._session.query(f"SHOW CREATE TABLE {self._own(table)}")
        engines = {name.upper() for name in _ENGINE.findall(str(shown.rows[0][1]))}
        if not engines or not engines <= _ENGINES:
            raise AskwireError(ErrorCode.NO_SCRATCH, "A table is kept by an engine whose copies are not apart")

    def _own(self, table: str) -> str:
        if table not in self._tables:
            raise AskwireError(ErrorCode.INTERNAL, "That is no table of this scratch work")
        return table

    def _check_query(self, select: str) -> None:
        if not is_one_query(select) or (";" in select and self._modes & _OTHER_STRINGS):
            raise AskwireError(ErrorCode.NO_SCRATCH, "What is to be copied is not one SELECT")

    def _check_open(self) -> None:
        if not self.open:
            raise AskwireError(ErrorCode.INTERNAL, "The scratch work is over")

    async def _change(self, sql: str, *, limited: bool = True) -> Reply:
        reply = await self._run(self._session.with_time_limit(sql, self._limit) if limited else sql, decode=16)
        if not self._autocommit:
            await self._run(COMMIT)
        return reply

    async def _run(self, sql: str, *, decode: int = 0) -> Reply:
        self._check_open()
        reply = self._session.reply(decode=decode)
        await self._session.exchange((self._session.command(sql), reply))
        raise_for(reply.summary.error, self._session.results_charset)
        return reply

    async def end(self) -> None:
        """Drop the tables and give the session back as it was; goes on where it was broken off.

        Raises ``UpstreamError`` when the upstream is lost, which it also is when a step fails.
        """
        if not self.open:
            return
        await self._session.idle()
        if ending := self._session.ending():
            await self._session.exchange(*ending)
        steps = [COMMIT, *self._restore]
        if self._tables:
            steps.insert(0, f"DROP TEMPORARY TABLE IF EXISTS {', '.join(self._tables)}")
        for sql in steps:
            reply = MustSucceed(self._session.wire)
            await self._session.exchange((self._session.command(sql), reply))
        self._session.reads_only = self._reads_only
        self.open = False
        self._tables.clear()
