"""The one place that turns a handler's value or error into packets for the client."""

import time
from collections.abc import Awaitable, Callable
from struct import Struct
from typing import TYPE_CHECKING

from plugins import Answer, AskwireError, Column, ColumnKind, Done, Note, Outcome, Run, Stage, Table, UpstreamError
from plugins.errors import SQLSTATE, ErrorCode
from plugins.words import ENGLISH, language_of, translated_error, translated_note
from proxy.borrow import Borrowed
from proxy.results import raise_for
from proxy.telling import rows_of
from proxy.wire import encode
from proxy.wire.commands import Com
from proxy.wire.ends import IN_READ_ONLY_TRANSACTION, IN_TRANSACTION, rewrite_end
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import ErrPacket, packet
from proxy.wire.reply import PrepareReply, Reply

if TYPE_CHECKING:
    from proxy.relay import Relay

_KINDS = {ColumnKind.TEXT: encode.Kind.TEXT, ColumnKind.INTEGER: encode.Kind.INTEGER, ColumnKind.REAL: encode.Kind.REAL}
_EXECUTE = Struct("<BIBI")
INTERRUPTED = UpstreamError(1317, "70100", "Query execution was interrupted")

# A handler's value, or packets that are finished already.
Produce = Callable[[Borrowed], Awaitable[Answer | bytes]]


class Responder:
    """Answers one gateway statement.

    ``binary``: it was executed as a prepared statement. ``keep_notes``: SHOW WARNINGS still shows those before it.
    """

    def __init__(self, relay: "Relay", session: Borrowed, *, binary: bool = False, keep_notes: bool = False) -> None:
        self._relay = relay
        self._session = session
        self._binary = binary
        self._keep_notes = keep_notes
        self.rows: int | None = None  # of the reply to a ``Run``, so far
        self.place: int | None = 1  # the sequence number that an error would have; None: it can stand nowhere any more
        self._size = 0  # of the reply to a ``Run``, in bytes
        self.streaming = False  # the upstream works on the caller's statement, and will hear of a KILL itself

    async def answer(self, answer: Answer | bytes) -> None:
        """Write the whole reply. Raises ``UpstreamError`` and ``AskwireError`` where nothing was written yet."""
        if not self._keep_notes:
            self._relay.notes = None if isinstance(answer, bytes) else in_language(self._relay, answer.notes)
        if not isinstance(answer, bytes | Run) and self._relay.turn.telling is not None:
            await self._relay.turn.telling.tell(Stage.ANSWERED, rows=rows_of(answer))
        if isinstance(answer, bytes):
            self._relay.client.write(answer)
        elif isinstance(answer, Run):
            await self._run(answer)
        elif isinstance(answer, Table):
            await self._table(answer)
        else:
            self._done(answer)

    def error(self, error: Exception) -> None:
        """Write an ERR packet; a fault of askwire itself says no more than that there was one."""
        number, sqlstate, message = describe(error, self._session.language)
        assert self.place is not None
        self._relay.notes = (Note(message, level="Error", code=number),)
        self._relay.client.write(encode.error(self.place, number, sqlstate, message, self._session.results_charset))

    def _done(self, answer: Done) -> None:
        status, warnings = self._session.status, len(answer.notes)
        self._relay.client.write(encode.ok(1, status, affected_rows=answer.affected_rows, warnings=warnings))

    async def _table(self, answer: Table) -> None:
        pieces = encode.result_set(
            [(column.name, _KINDS[column.kind]) for column in answer.columns],
            answer.rows,
            dialect=self._relay.dialect,
            charset=self._session.results_charset,
            binary=self._binary,
            status=self._session.status,
            warnings=len(answer.notes),
        )
        for piece in pieces:
            self._relay.client.write(piece)
            self.place = None
            await self._relay.client_keeps_up()

    async def _run(self, run: Run) -> None:
        started = time.monotonic()
        reply = Reply(self._relay.dialect)
        error: UpstreamError | None = None
        try:
            await self._stream(run, reply)
            if reply.summary.error is not None:
                raise_for(reply.summary.error, self._session.results_charset)
        except UpstreamError as failure:
            error = failure
            if self.place is not None:
                raise
        finally:
            seconds = time.monotonic() - started
            cancelled = not reply.done and error is None
            if not cancelled:
                self._session.ran(run.sql, seconds, reply.summary.row_count, self._size, error)
            if run.finished is not None:
                run.finished(Outcome(reply.summary.row_count, seconds, error, cancelled))

    async def _stream(self, run: Run, reply: Reply) -> None:
        """Relay the reply to ``run.sql`` as it comes; its last packet waits until the transaction is over."""
        session = self._session
        own_transaction = not session.in_transaction
        last: list[bytes] = []

        def relay(frames: list[bytes]) -> None:
            self._size += sum(map(len, frames))
            self.rows = reply.summary.row_count
            if masked is not None:
                frames = masked.take()
            if reply.done and frames:
                last.append(frames.pop())
            if last:
                self.place = last[0][3]  # behind rows too
            elif frames:
                self.place = None
            self._relay.client.write(b"".join(frames))

        sql = session.with_time_limit(run.sql, run.time_limit_s)
        session.encoded(sql)  # raises before anything was sent
        if self._relay.turn.telling is not None:
            session.facts.sql = run.sql
            await self._relay.turn.telling.tell(Stage.RUNS)
        masked = await session.masked(run.sql, reply, binary=self._binary)
        await session.begin()
        statement = await self._prepare(sql) if self._binary else None
        command = session.command(sql) if statement is None else _execute(statement)
        self.streaming = True
        try:
            await session.exchange((command, masked or reply), *session.ending(), sink=relay)
            await self._tell_end(reply.summary.error)
        finally:
            self.streaming = False
            if statement is not None:  # has no reply
                self._relay.upstream.write(packet(0, bytes([Com.STMT_CLOSE]) + statement.to_bytes(4, "little")))
        self.place = None
        for packet_ in last:
            if reply.summary.error is not None:
                self._relay.client.write(packet_)
                continue
            clear = IN_TRANSACTION | IN_READ_ONLY_TRANSACTION if own_transaction else 0
            warnings = len(run.notes)
            self._relay.client.write(rewrite_end(packet_, self._relay.dialect, clear=clear, warnings=warnings))

    async def _tell_end(self, error: ErrPacket | None) -> None:
        """Before the last packet goes to the client."""
        if self._relay.turn.telling is None:
            return
        if error is None:
            await self._relay.turn.telling.tell(Stage.ANSWERED, rows=self.rows)
            return
        message = error.message.decode(self._session.results_charset.codec, "replace")
        said = (error.number, error.sqlstate or "HY000", message)
        await self._relay.turn.telling.tell(Stage.FAILED, rows=self.rows, error=said)

    async def _prepare(self, sql: str) -> int:
        reply = PrepareReply(self._relay.dialect)
        text = self._session.encoded(sql)
        await self._session.exchange((packet(0, bytes([Com.STMT_PREPARE]) + text), reply))
        raise_for(reply.error, self._session.results_charset)
        return reply.statement_id


def in_language(relay: "Relay", notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """``notes`` in the session's language."""
    language = language_of(relay.state, relay.hub.settings.language)
    return tuple(translated_note(note, language) for note in notes)


def _execute(statement: int) -> bytes:
    return packet(0, _EXECUTE.pack(Com.STMT_EXECUTE, statement, 0, 1))


def describe(error: Exception, language: str = ENGLISH) -> tuple[int, str, str]:
    """(number, SQLSTATE, message) of what went wrong; the gateway's own message in ``language``."""
    if isinstance(error, UpstreamError | ProtocolError):
        return error.number, error.sqlstate, error.message
    if isinstance(error, AskwireError):
        return error.code.number, SQLSTATE, translated_error(error, language)
    fault = AskwireError(ErrorCode.INTERNAL, "The gateway failed to answer this statement")
    return fault.code.number, SQLSTATE, translated_error(fault, language)


def warnings_table(notes: tuple[Note, ...], *, errors_only: bool, count: bool) -> Table:
    """The answer to SHOW WARNINGS, SHOW ERRORS and their COUNT(*) forms."""
    shown = [note for note in notes if not errors_only or note.level == "Error"]
    if count:
        name = "@@session.error_count" if errors_only else "@@session.warning_count"
        return Table((Column(name, ColumnKind.INTEGER),), [(len(shown),)])
    columns = (Column("Level"), Column("Code", ColumnKind.INTEGER), Column("Message"))
    return Table(columns, [(note.level, note.code, note.message) for note in shown])
