"""What is kept of a statement that passes, and where it waits for a later look."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from plugins import SeenStatement
from proxy.bound import PreparedText
from proxy.wire.commands import Com
from proxy.wire.packets import MAX_ERROR

if TYPE_CHECKING:
    from proxy.passing import Passing

    Item: TypeAlias = "tuple[Passing, Observed] | SeenStatement"

# Of each reply, in bytes: its beginning (and what the last piece ends with, where an error or the end stands).
KEPT = 16 << 10
TAIL = MAX_ERROR + 64
# Three letters by which statements begin that tools send between those of people: they are no previous statement.
BETWEEN = frozenset(word[:3] for word in (b"SET", b"COMMIT", b"ROLLBACK", b"BEGIN", b"START"))
BETWEEN |= {word.lower() for word in BETWEEN}
SLOW_S = 0.1  # always looked at, whatever the load
MAX_WAITING, MAX_WAITING_BYTES = 1000, 64 << 20
FULL = 0.75  # of either: from here on only what is slow is taken
# So many statements of a session are taken in a round while there is time for all; and of one that was silent before,
# when there is not: tools put some around those of people.
AT_REST, QUIET = 500, 8
EXECUTIONS = frozenset({int(Com.STMT_EXECUTE), int(Com.STMT_BULK_EXECUTE)})


class Observed:
    """A statement and what was kept of its reply. Times are monotonic."""

    __slots__ = (
        "chunks", "command", "database", "ended", "prepare", "size", "started", "tail", "text_of", "typed", "unseen",
        "user", "weight",
    )  # fmt: skip

    def __init__(self, command: bytes, started: float, weight: int) -> None:
        self.command = command
        self.started = self.ended = started
        self.weight = weight  # how many statements it stands for; 0: it is kept only if it is slow
        self.unseen = False  # nobody looked at its reply
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
    """The statements of all sessions that wait to be looked at, and the sessions that nobody looks at."""

    def __init__(self) -> None:
        self.queue: deque[Item] = deque()
        self._bytes = 0  # of the statements in it
        self.away: OrderedDict[Passing, None] = OrderedDict()  # their statements pass without being looked at
        self.on_away: Callable[[], None] | None = None  # called for the first of them
        self.loaded = False  # there is not time for all
        self.owed = 0  # under load: statements of short sessions, for which none was taken
        self.counted = 0  # statements, ever
        self.dropped = 0  # those that were taken and had no room, and those that they stand for, ever

    @property
    def full(self) -> bool:
        """From here on only what is slow is taken."""
        return len(self.queue) >= FULL * MAX_WAITING or self._bytes >= FULL * MAX_WAITING_BYTES

    @property
    def welcome(self) -> int:
        """So many statements of a new session are taken."""
        return QUIET if self.loaded else AT_REST

    def goes_away(self, observer: "Passing") -> None:
        self.away[observer] = None
        if len(self.away) == 1 and self.on_away is not None:
            self.on_away()

    def comes_back(self, observer: "Passing") -> None:
        self.away.pop(observer, None)

    def add(self, observer: "Passing", observed: Observed) -> None:
        """Dropped when there is no room."""
        self._add((observer, observed), observed.weight)

    def add_seen(self, statement: SeenStatement) -> None:
        """One whose text and times are known already."""
        self.counted += 1
        self._add(statement, 1)

    def take(self) -> "list[Item]":
        """All that wait."""
        taken = list(self.queue)
        self.queue.clear()
        self._bytes = 0
        return taken

    def put_back(self, items: "Sequence[Item]") -> None:
        """They were taken, and there was no time for them."""
        self.queue.extendleft(reversed(items))
        self._bytes += sum(map(_size, items))

    def _add(self, item: "Item", weight: int) -> None:
        size = _size(item)
        if len(self.queue) < MAX_WAITING and self._bytes + size <= MAX_WAITING_BYTES:
            self.queue.append(item)
            self._bytes += size
        else:
            self.dropped += weight


def _size(item: "Item") -> int:
    return len(item.text) if isinstance(item, SeenStatement) else len(item[1].command)
