"""What passes on the wire, kept for a later look: each statement's bytes, its times and the beginning of its reply.

Nothing is parsed, copied or waited for on the relay's path; ``seen.py`` reads what was kept, off it. Under load most
statements go a quick way: the legs set a few attributes (``left``, ``command`` to ``ended``), with a clock that ticks
every few milliseconds, and only one that was slow is kept.

A client that sends a statement before the reply to the one before has begun would have replies counted for the wrong
statement: from then on its session is left out, until the gateway has borrowed it and knows again that the upstream is
idle.
"""

from time import monotonic
from typing import TYPE_CHECKING

from plugins import SeenStatement
from proxy.bound import PreparedText, PreparedTexts
from proxy.observed import BETWEEN, CLOCK, EXECUTIONS, SLOW_S, Aside, Observed, Quick, Settled, Waiting
from proxy.wire.commands import NO_REPLY, Com

if TYPE_CHECKING:
    from proxy.relay import Relay


class Observer:
    """One session's. Its methods are called in the order of what passes."""

    __slots__ = (
        "_attributes", "_before", "_current", "_prepared", "_text_at", "_text_of", "_waiting", "codec", "command",
        "database", "ended", "first", "left", "listening", "looked_at", "relay", "settled", "started", "user",
    )  # fmt: skip

    def __init__(self, relay: "Relay", waiting: Waiting) -> None:
        self.relay = relay
        self.user = relay.login.user
        self.database = relay.login.database
        self.codec = "utf-8"
        self.listening = False  # what comes from the upstream belongs to ``current``
        self.looked_at = 0.0  # the time of the bytes after which the reply was not over yet
        self.settled: Settled | None = None
        self._attributes = relay.dialect.query_attributes
        self._text_at = 7 if self._attributes else 5
        self._current: Observed | SeenStatement | None = None
        self._before: Observed | SeenStatement | Quick | None = None
        self._waiting = waiting
        self._prepared = PreparedTexts()
        # The quick way. ``command``: the statement that went it; ``first``: bytes of its reply.
        self.left = waiting.counted % waiting.every  # so many more statements may go it
        self.command: bytes | None = None
        self.first = b""
        self.started = self.ended = 0.0
        self._text_of: PreparedText | None = None  # where ``command`` is a COM_STMT_EXECUTE

    @property
    def before(self) -> Observed | SeenStatement | None:
        """The statement before the last one, where that only stands between those of people."""
        if isinstance(self._before, Quick):
            self._before = self._before.kept()
        return self._before

    @property
    def current(self) -> Observed | SeenStatement | None:
        """The last statement; read already, or not yet."""
        if self.command is not None:
            self._current = self._quick().kept()
            self.listening = True
            self.command, self.first = None, b""
        return self._current

    @current.setter
    def current(self, statement: Observed | SeenStatement | None) -> None:
        self._current = statement
        self.command, self.first = None, b""

    def _quick(self) -> Quick:
        assert self.command is not None
        return Quick(self.command, self.first, self.started, self.ended, self._text_of, self.user, self.database)

    # --- the relay's path -------------------------------------------------------------------------------------

    def sent(self, command: bytes) -> None:
        """A statement went up, and the one before did not go the quick way, or this one does not."""
        if self.stands_between(command):
            self.keep_before()
        if not self.end():
            return
        if self.left > 0:
            self.left -= 1
            self.command = command
            self.started = CLOCK.now
        else:
            self._begin(Observed(command, monotonic(), self._take()))

    def stands_between(self, command: bytes) -> bool:
        """Whether a COM_QUERY is none that people mean by their last statement."""
        return command[4] == Com.QUERY and command[self._text_at : self._text_at + 3] in BETWEEN

    def keep_before(self) -> None:
        """A command goes up that only stands between: what was before it stays the last one of people."""
        if self.command is not None and self.first and self.ended - self.started < SLOW_S:
            if not self.stands_between(self.command):
                self._before = self._quick()
            return
        before = self.current
        if isinstance(before, Aside):
            before = before.before
        if isinstance(before, Observed):
            if self.stands_between(before.command):
                return
            before.user, before.database = self.user, self.database
        self._before = before

    def received(self, data: bytes) -> None:
        """Bytes came down, not the first of a quick statement's reply."""
        observed = self.current
        if self.listening and isinstance(observed, Observed):
            observed.received(data)

    def slow(self) -> None:
        """The clock has ticked while a quick statement ran."""
        if self.ended - self.started >= SLOW_S:
            self.end()

    def end(self) -> bool:
        """What went up last is over, because the client goes on. Returns False when its reply had not even begun."""
        if self.command is not None and self.first and self.ended - self.started < SLOW_S:
            self.command, self.first = None, b""
            self._current = None
            return True
        observed = self.current
        if not self.listening or not isinstance(observed, Observed):
            return True
        if not observed.size:
            self.lose()
            return False
        self.listening = False
        if type(observed) is Aside:
            self._end_aside(observed)
        else:
            self._end_statement(observed)
        return True

    def _begin(self, observed: Observed) -> None:
        self.current = observed
        self.listening = True

    def _take(self) -> int:
        """A statement is looked at: it stands for so many."""
        every = self._waiting.every
        self.left = every - 1
        return every

    def _end_statement(self, observed: Observed) -> None:
        if observed.prepare is not None:
            observed.text_of = self._prepared.prepared(observed.prepare, observed.chunks[0], self._attributes)
        if observed.seconds >= SLOW_S:
            observed.weight = 1
        if observed.weight:
            observed.user, observed.database = self.user, self.database
            self._waiting.add(self, observed)

    # --- beside it --------------------------------------------------------------------------------------------

    def lose(self) -> None:
        """Which reply belongs to what is not known any more: look away."""
        self.listening = False
        self.current = None
        self.relay.client_leg.observer = self.relay.upstream_leg.observer = None

    def synchronised(self, database: bytes | None, codec: str) -> None:
        """The upstream has answered everything, and said what the session's state is."""
        self.finish()
        self.database, self.codec = database, codec
        self.relay.client_leg.observer = self.relay.upstream_leg.observer = self

    def finish(self) -> Observed | SeenStatement | None:
        """End what can be over; returns the last statement, as it can be read."""
        observed = self.current
        if self.listening and isinstance(observed, Observed) and observed.size:
            self.end()
        observed = self.current
        if isinstance(observed, Observed):
            observed.user, observed.database = self.user, self.database
        return None if self.listening else observed

    def unended(self, until: float, shortest: float) -> Observed | None:
        """A statement of ``shortest`` seconds whose reply has said nothing since ``until``, and may be over."""
        if self.command is not None and (not self.first or self.ended - self.started < shortest):
            return None
        observed = self.current
        if not self.listening or type(observed) is not Observed or not observed.size or observed.ended > until:
            return None
        if observed.ended == self.looked_at or observed.seconds < shortest:
            return None
        observed.user, observed.database = self.user, self.database
        return observed

    def settle(self, status: int, warnings: int) -> None:
        """The reply to the last statement was over, by what it says; whoever asked has read it."""
        observed = self.current
        assert isinstance(observed, Observed)
        self.listening = False
        if observed.prepare is not None:
            self._prepared.prepared(observed.prepare, observed.chunks[0], self._attributes)
        self._waiting.counted += 1
        self.settled = Settled(observed, status, warnings)

    def ran(self, statement: SeenStatement) -> None:
        """The SQL of an ASK: no bytes of it came past here."""
        self.current = statement
        self._waiting.add_seen(statement)

    def forget(self) -> None:
        """COM_CHANGE_USER or COM_RESET_CONNECTION: nothing of before is the session's own."""
        self.finish()
        self.listening = False
        self.current = self._before = None
        self._prepared.clear()

    def aside(self, command: bytes, selects: bytes | None = None) -> None:
        """A command that is no statement of the client's own went up; it may select a database."""
        before = self.current  # which then does not go the quick way, and stays
        if self.end():
            self._begin(Aside(command, before if type(before) is not Aside else self.current, selects))

    def _end_aside(self, aside: Aside) -> None:
        self.current = aside.before
        succeeded = aside.chunks[0][4:5] == b"\0"
        if aside.command[4] == Com.STMT_PREPARE:
            if succeeded:
                self._prepared.prepared(aside.command, aside.chunks[0], self._attributes)
            elif aside.failed:
                self.current = statement = aside.as_statement(1)
                self._end_statement(statement)
        elif aside.selects is not None and succeeded:
            self.database = aside.selects

    def other(self, command: bytes) -> None:
        """Any command but COM_QUERY went up."""
        code = command[4]
        if code in EXECUTIONS:
            self._executed(command)
        elif code in NO_REPLY:
            self._prepared.unanswered(code, int.from_bytes(command[5:9], "little"))
        else:
            self.aside(command)

    def opaque(self, data: bytes) -> None:
        """Bytes of the client that were not looked at: a file that it sends, or a command of another kind."""
        observed = self.current
        if self.listening and isinstance(observed, Observed) and observed.chunks and observed.chunks[0][4:5] == b"\xfb":
            return
        if len(data) > 4 and not data[3]:
            self.aside(data[:5])
            if data[4] in (Com.QUERY, Com.STMT_EXECUTE) and isinstance(self._current, Aside):
                self._current.before = None  # a statement too long to be kept

    def _executed(self, command: bytes) -> None:
        known = self._prepared.executed(command)
        if self.left > 0 and self.first and known is not None and not known.long_data:
            if self.ended != self.started:
                self.slow()
            self._go_quickly(command, known)
            return
        observed = self.current
        if self.listening and type(observed) is Aside and observed.command[4] == Com.STMT_PREPARE and not observed.size:
            # MariaDB's connectors do not wait for the id: the two replies come one after the other.
            made = Observed(command, observed.started, 1)
            made.prepare, made.typed = observed.command, command
            self._begin(made)
        elif not self.end():
            return
        elif self.left > 0 and known is not None and not known.long_data:
            self._go_quickly(command, known)
        else:
            observed = Observed(command, monotonic(), self._take())
            observed.bind(known)
            self._begin(observed)

    def _go_quickly(self, command: bytes, known: PreparedText) -> None:
        self.left -= 1
        self.command, self._text_of = command, known
        self.first = b""
        self.started = CLOCK.now
