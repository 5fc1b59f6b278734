"""What is kept of a statement that passes, and where it waits for a later look."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from plugins import SeenStatement
from proxy.bound import PreparedText
from proxy.wire.commands import Com
from proxy.wire.packets import MAX_ERROR

if TYPE_CHECKING:
    from proxy.observe import Observer

# Of each reply, in bytes: its beginning (and what the last piece ends with, where an error or the end stands).
KEPT = 16 << 10
TAIL = MAX_ERROR + 64
# Three letters by which statements begin that tools send between those of people: they are no previous statement.
BETWEEN = frozenset(word[:3] for word in (b"SET", b"COMMIT", b"ROLLBACK", b"BEGIN", b"START"))
BETWEEN |= {word.lower() for word in BETWEEN}
SLOW_S = 0.1  # always looked at, whatever the load
MAX_WAITING = 1000
BURST = 100  # from half of that: so many more, and half as many are taken
EXECUTIONS = frozenset({int(Com.STMT_EXECUTE), int(Com.STMT_BULK_EXECUTE)})


class Clock:
    """The time as it was a moment ago, for the path on which looking at the clock costs too much."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = monotonic()

    def tick(self) -> None:
        self.now = monotonic()


CLOCK = Clock()  # of the process; ticks while statements are left out


class Observed:
    """A statement and what was kept of its reply. Times are monotonic."""

    __slots__ = (
        "chunks", "command", "database", "ended", "prepare", "size", "started", "tail", "text_of", "typed", "user",
        "weight",
    )  # fmt: skip

    def __init__(self, command: bytes, started: float, weight: int) -> None:
        self.command = command
        self.started = self.ended = started
        self.weight = weight  # how many statements it stands for; 0: it is looked at only if it is slow
        self.size = 0  # of the reply so far
        self.chunks: list[bytes] = []
        self.tail = b""
        self.text_of: PreparedText | None = None
        self.typed: bytes | None = None  # the COM_STMT_EXECUTE with the types of the values; None: not known
        self.prepare: bytes | None = None  # a COM_STMT_PREPARE whose reply comes first
        self.user = b""
        self.database: bytes | None = None

    @property
    def failed(self) -> bool:
        """The reply begins with an ERR packet."""
        return bool(self.chunks) and self.chunks[0][4:5] == b"\xff"

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    def received(self, data: bytes) -> None:
        """Bytes of the reply."""
        self.ended = monotonic()
        before = self.size
        self.size = size = before + len(data)
        if size <= KEPT:
            self.chunks.append(data)
            return
        if before < KEPT:
            self.chunks.append(data[: KEPT - before])
        self.tail = data[-TAIL:]

    def bind(self, known: PreparedText | None) -> None:
        """It executes a statement that was prepared; not known: which."""
        if known is not None:
            self.text_of = known
            self.typed = None if known.long_data or self.command[4] != Com.STMT_EXECUTE else known.typed
            known.long_data = False


class Quick(NamedTuple):
    """A statement that went the quick way."""

    command: bytes
    first: bytes  # of the reply
    started: float
    ended: float
    text_of: PreparedText | None  # where ``command`` is a COM_STMT_EXECUTE
    user: bytes
    database: bytes | None

    def kept(self) -> Observed:
        """Like one that did not."""
        statement = Observed(self.command, self.started, 0)
        if self.first:
            statement.received(self.first)
            statement.ended = self.ended
        if self.command[4] in EXECUTIONS:
            statement.bind(self.text_of)
        statement.user, statement.database = self.user, self.database
        return statement


class Aside(Observed):
    """A command that is no statement of the client's own, and what the session's statement before it was."""

    __slots__ = ("before", "selects")

    def __init__(self, command: bytes, before: Observed | SeenStatement | None, selects: bytes | None) -> None:
        super().__init__(command, monotonic(), 0)
        self.before = before
        self.selects = selects  # the database that it selects

    def as_statement(self, weight: int) -> Observed:
        """A statement that could not even be prepared has failed."""
        made = Observed(self.command, self.started, weight)
        made.ended, made.size, made.chunks, made.tail = self.ended, self.size, self.chunks, self.tail
        return made


@dataclass(frozen=True, slots=True)
class Settled:
    """How the last statement of a client that is silent ended."""

    statement: Observed
    status: int
    warnings: int


class Waiting:
    """The statements of all sessions that wait to be looked at.

    Of each session one in ``every`` is taken, and all slow ones. A burst that comes between two rounds of the watcher
    is thinned out at once; ``under_load`` is called when that begins.
    """

    def __init__(self) -> None:
        self.under_load: Callable[[], None] | None = None
        self.queue: deque[tuple[Observer, Observed] | SeenStatement] = deque()
        self.every = 1
        self.counted = 0  # statements, ever; estimated where some were left out
        self.dropped = 0  # those that had no room or no time, ever

    def add(self, observer: "Observer", observed: Observed) -> None:
        """Dropped when there is no room."""
        self._add((observer, observed), observed.weight)

    def add_seen(self, statement: SeenStatement) -> None:
        """One whose text and times are known already."""
        self._add(statement, 1)

    def _add(self, item: "tuple[Observer, Observed] | SeenStatement", weight: int) -> None:
        self.counted += weight
        if len(self.queue) < MAX_WAITING:
            self.queue.append(item)
            if len(self.queue) >= MAX_WAITING // 2 and not len(self.queue) % BURST:
                self.every *= 2
                if self.every == 2 and self.under_load is not None:
                    self.under_load()
        else:
            self.dropped += weight
