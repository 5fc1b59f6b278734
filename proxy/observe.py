"""What passes on the wire, kept for a later look: each statement's bytes, its times and the beginning of its reply.

On the relay's path there are two clock calls and a few references for a statement; nothing is parsed, copied or waited
for. ``seen.py`` reads what was kept, off that path. A client that sends a statement before the reply to the one before
has begun would have replies counted for the wrong statement: from then on its session is left out, until the gateway
has borrowed it and knows again that the upstream is idle.
"""

from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from plugins import SeenStatement
from proxy.prepared import LAST_PREPARED
from proxy.wire.commands import NO_REPLY, Com
from proxy.wire.packets import MAX_ERROR

if TYPE_CHECKING:
    from proxy.relay import Relay

# Of each reply, in bytes: its beginning (and what the last piece ends with, where an error or the end stands).
KEPT = 16 << 10
TAIL = MAX_ERROR + 64
SLOW_S = 0.1  # always looked at, whatever the load
MAX_WAITING = 1000
# Of one session: statements that the client has prepared, and the bytes of their texts.
MAX_PREPARED = 1024
MAX_PREPARED_BYTES = 1 << 20


@dataclass(slots=True)
class PreparedText:
    """What COM_STMT_EXECUTE refers to."""

    command: bytes  # its COM_STMT_PREPARE
    parameters: int
    typed: bytes | None = None  # the last COM_STMT_EXECUTE that told the types of its values
    long_data: bool = False  # part of the next values was sent beforehand, and is not kept


class Observed:
    """A statement and what was kept of its reply. Times are monotonic."""

    __slots__ = (
        "chunks", "command", "database", "ended", "prepare", "size", "started", "tail", "text_of", "typed", "user",
        "weight",
    )  # fmt: skip

    def __init__(self, command: bytes, started: float) -> None:
        self.command = command
        self.started = self.ended = started
        self.size = 0  # of the reply so far
        self.chunks: list[bytes] = []
        self.tail = b""
        self.text_of: PreparedText | None = None
        self.typed: bytes | None = None  # the COM_STMT_EXECUTE with the types of the values; None: not known
        self.prepare: bytes | None = None  # a COM_STMT_PREPARE whose reply comes first

    @property
    def failed(self) -> bool:
        """The reply begins with an ERR packet."""
        return bool(self.chunks) and self.chunks[0][4:5] == b"\xff"

    def finish(self, user: bytes, database: bytes | None, weight: int) -> None:
        """What it is shown with."""
        self.user, self.database, self.weight = user, database, weight


class Aside(Observed):
    """A command that is no statement of the client's own, and what the session's statement before it was."""

    __slots__ = ("before", "selects")

    def __init__(self, command: bytes, before: Observed | SeenStatement | None, selects: bytes | None) -> None:
        super().__init__(command, monotonic())
        self.before = before
        self.selects = selects  # the database that it selects

    def as_statement(self) -> Observed:
        """A statement that could not even be prepared has failed."""
        made = Observed(self.command, self.started)
        made.ended, made.size, made.chunks, made.tail = self.ended, self.size, self.chunks, self.tail
        return made


@dataclass(frozen=True, slots=True)
class Settled:
    """How the last statement of a client that is silent ended."""

    statement: Observed
    status: int
    warnings: int


class Waiting:
    """The statements of all sessions that wait to be looked at. Every ``every``-th is taken, and slow ones always."""

    def __init__(self) -> None:
        self.queue: deque[tuple[Observer, Observed] | SeenStatement] = deque()
        self.every = 1
        self.counted = 0  # statements, ever
        self.dropped = 0  # those of them that had no room or no time, ever

    def add(self, observer: "Observer", observed: Observed, weight: int) -> None:
        """Dropped when there is no room."""
        if len(self.queue) < MAX_WAITING:
            observed.finish(observer.user, observer.database, weight)
            self.queue.append((observer, observed))
        else:
            self.dropped += 1


class Observer:
    """One session's. Its methods are called in the order of what passes."""

    def __init__(self, relay: "Relay", waiting: Waiting) -> None:
        self.relay = relay
        self.user = relay.login.user
        self.database = relay.login.database
        self.codec = "utf-8"
        self.current: Observed | SeenStatement | None = None  # the last statement; read already, or not yet
        self.listening = False  # what comes from the upstream belongs to it
        self.looked_at = 0.0  # the time of the bytes after which the reply was not over yet
        self.settled: Settled | None = None
        self._waiting = waiting
        self._prepared: dict[int, PreparedText] = {}
        self._prepared_bytes = 0
        self._last_prepared = 0

    # --- the relay's path -------------------------------------------------------------------------------------

    def sent(self, command: bytes) -> None:
        """A statement went up."""
        if self.listening and not self.end():
            return
        self.current = Observed(command, monotonic())
        self.listening = True

    def received(self, data: bytes) -> None:
        """Bytes came down."""
        observed = self.current
        if not self.listening or not isinstance(observed, Observed):
            return
        observed.ended = monotonic()
        before = observed.size
        observed.size = size = before + len(data)
        if size <= KEPT:
            observed.chunks.append(data)
        else:
            if before < KEPT:
                observed.chunks.append(data[: KEPT - before])
            observed.tail = data[-TAIL:]

    def end(self) -> bool:
        """The reply is over, because the client goes on. Returns False when it had not even begun."""
        observed = self.current
        assert isinstance(observed, Observed)
        if not observed.size:
            self.lose()
            return False
        self.listening = False
        if type(observed) is Aside:
            self._end_aside(observed)
        else:
            self._end_statement(observed)
        return True

    def _end_statement(self, observed: Observed) -> None:
        if observed.prepare is not None:
            observed.text_of = self._prepared_as(observed.prepare, observed.chunks[0])
        waiting = self._waiting
        waiting.counted += 1
        if observed.ended - observed.started >= SLOW_S:
            waiting.add(self, observed, 1)
        elif not waiting.counted % waiting.every:
            waiting.add(self, observed, waiting.every)

    # --- beside it --------------------------------------------------------------------------------------------

    def lose(self) -> None:
        """Which reply belongs to what is not known any more: look away."""
        self.listening = False
        self.current = None
        self.relay.client_leg.observer = self.relay.upstream_leg.observer = None

    def synchronised(self, database: bytes | None, codec: str) -> None:
        """The upstream has answered everything, and said what the session's state is."""
        if self.listening:
            self.end()
        self.database, self.codec = database, codec
        self.relay.client_leg.observer = self.relay.upstream_leg.observer = self

    def unended(self, until: float) -> Observed | None:
        """A statement whose reply has said nothing since ``until``, and may be over."""
        observed = self.current
        if not self.listening or type(observed) is not Observed or not observed.size or observed.ended > until:
            return None
        return None if observed.ended == self.looked_at else observed

    def settle(self, status: int, warnings: int) -> None:
        """The reply to the last statement was over, by what it says."""
        assert isinstance(self.current, Observed)
        self.listening = False
        if self.current.prepare is not None:
            self._prepared_as(self.current.prepare, self.current.chunks[0])
        self._waiting.counted += 1
        self.settled = Settled(self.current, status, warnings)

    def ran(self, statement: SeenStatement) -> None:
        """The SQL of an ASK: no bytes of it came past here."""
        self.current = statement
        self._waiting.counted += 1
        if len(self._waiting.queue) < MAX_WAITING:
            self._waiting.queue.append(statement)
        else:
            self._waiting.dropped += 1

    def forget(self) -> None:
        """COM_CHANGE_USER or COM_RESET_CONNECTION: nothing of before is the session's own."""
        if self.listening and isinstance(self.current, Observed) and self.current.size:
            self.end()
        self.listening = False
        self.current = None
        self._prepared.clear()
        self._prepared_bytes = 0

    def aside(self, command: bytes, selects: bytes | None = None) -> None:
        """A command that is no statement of the client's own went up; it may select a database."""
        if self.listening and not self.end():
            return
        self.current = Aside(command, self.current, selects)
        self.listening = True

    def _end_aside(self, aside: Aside) -> None:
        self.current = aside.before
        succeeded = aside.chunks[0][4:5] == b"\0"
        if aside.command[4] == Com.STMT_PREPARE:
            if succeeded:
                self._prepared_as(aside.command, aside.chunks[0])
            elif aside.failed:
                self.current = statement = aside.as_statement()
                self._end_statement(statement)
        elif aside.selects is not None and succeeded:
            self.database = aside.selects

    def other(self, command: bytes) -> None:
        """Any command but COM_QUERY went up."""
        code = command[4]
        if code in (Com.STMT_EXECUTE, Com.STMT_BULK_EXECUTE):
            self._executed(command)
        elif code in NO_REPLY:
            self._unanswered(code, int.from_bytes(command[5:9], "little"))
        else:
            self.aside(command)

    def opaque(self, data: bytes) -> None:
        """Bytes of the client that were not looked at: a file that it sends, or a command of another kind."""
        observed = self.current
        if self.listening and isinstance(observed, Observed) and observed.chunks and observed.chunks[0][4] == 0xFB:
            return
        if len(data) > 4 and not data[3]:
            self.aside(data[:5])
            if data[4] in (Com.QUERY, Com.STMT_EXECUTE) and isinstance(self.current, Aside):
                self.current.before = None  # a statement too long to be kept

    # --- prepared statements ----------------------------------------------------------------------------------

    def _executed(self, command: bytes) -> None:
        observed = self.current
        if self.listening and type(observed) is Aside and observed.command[4] == Com.STMT_PREPARE and not observed.size:
            # MariaDB's connectors do not wait for the id: the two replies come one after the other.
            self.current = Observed(command, observed.started)
            self.current.prepare = observed.command
            self.current.typed = command
            return
        self.sent(command)
        statement = int.from_bytes(command[5:9], "little")
        known = self._prepared.get(self._last_prepared if statement == LAST_PREPARED else statement)
        if known is None or not isinstance(self.current, Observed):
            return
        at = 14 + self.relay.dialect.query_attributes + (known.parameters + 7) // 8
        if known.parameters and command[4] == Com.STMT_EXECUTE and command[at : at + 1] == b"\1":
            known.typed = command
        self.current.text_of = known
        self.current.typed = None if known.long_data else known.typed
        known.long_data = False

    def _prepared_as(self, command: bytes, reply: bytes) -> PreparedText | None:
        if reply[4:5] != b"\0" or len(reply) < 13:
            return None
        statement = self._last_prepared = int.from_bytes(reply[5:9], "little")
        self._unanswered(Com.STMT_CLOSE, statement)
        made = PreparedText(command, int.from_bytes(reply[11:13], "little"))
        if len(self._prepared) < MAX_PREPARED and self._prepared_bytes + len(command) <= MAX_PREPARED_BYTES:
            self._prepared[statement] = made
            self._prepared_bytes += len(command)
        return made

    def _unanswered(self, code: int, statement: int) -> None:
        if code == Com.STMT_CLOSE:
            closed = self._prepared.pop(statement, None)
            self._prepared_bytes -= len(closed.command) if closed else 0
        elif code == Com.STMT_SEND_LONG_DATA and (known := self._prepared.get(statement)):
            known.long_data = True
