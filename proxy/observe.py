"""What passes on the wire, kept for a later look: each statement's bytes, its times and the beginning of its reply.

Nothing is parsed, copied or waited for on the relay's path; ``seen.py`` reads what was kept, off it.

A client that sends a statement before the reply to the one before has begun would have replies counted for the wrong
statement: from then on its session is left out, until the gateway has borrowed it and knows again that the upstream is
idle.
"""

from typing import TYPE_CHECKING

from plugins import SeenStatement
from proxy.observed import EXECUTIONS, Aside, Observed, Settled, Waiting
from proxy.passing import Passing
from proxy.wire.commands import NO_REPLY, Com

if TYPE_CHECKING:
    from proxy.relay import Relay

SHORT = 32  # statements: what a session leaves that sent no more is counted with the next one


class Observer(Passing):
    """One session's. Its methods are called in the order of what passes."""

    __slots__ = ("looked_at", "settled")

    def __init__(self, relay: "Relay", waiting: Waiting) -> None:
        super().__init__(relay, waiting)
        self.looked_at = 0.0  # the time of the bytes after which the reply was not over yet
        self.settled: Settled | None = None

    # --- the relay's path -------------------------------------------------------------------------------------

    def statement(self, command: bytes) -> None:
        """A COM_QUERY goes up that the gateway has looked at."""
        if not self.lost:
            self.sent(command)
        self.relay.client_leg.keep(command)

    def other(self, command: bytes) -> None:
        """Any command but COM_QUERY goes up."""
        code = command[4]
        if code in EXECUTIONS:
            self._executed(command)
        elif code in NO_REPLY:
            self._unanswered(code, command)
        else:
            self.aside(command)

    def _executed(self, command: bytes) -> None:
        observed = self._current
        if self.listening and type(observed) is Aside and observed.command[4] == Com.STMT_PREPARE and not observed.size:
            # MariaDB's connectors do not wait for the id: the two replies come one after the other.
            made = Observed(command, observed.started, self._weight() if self._wanted() else 0)
            made.prepare, made.typed = observed.command, command
            self._begin(made)
        else:
            follows = not self.lost and self.end()  # what it executes may have been prepared just before
            known = self._prepared.executed(command)
            if follows:
                self._take(command, known)
        self.relay.client_leg.keep(command)

    def _unanswered(self, code: int, command: bytes) -> None:
        """A command without a reply goes up; it may be about the statement that was prepared just before."""
        observed = self._current
        if self.listening and isinstance(observed, Observed) and observed.size:
            if type(observed) is Aside and observed.command[4] == Com.STMT_PREPARE:
                self.end()
            else:
                self._bind(observed)
        self._prepared.unanswered(code, int.from_bytes(command[5:9], "little"))

    def aside(self, command: bytes, selects: bytes | None = None) -> None:
        """A command that is no statement of the client's own went up; it may select a database."""
        if self.lost:
            return
        before = self.current
        if self.end():
            self._begin(Aside(command, before if type(before) is not Aside else self._current, selects))

    def _end_aside(self, aside: Aside) -> None:
        self.current = aside.before
        succeeded = aside.chunks[0][4:5] == b"\0"
        if aside.command[4] == Com.STMT_PREPARE:
            if succeeded:
                self._prepared.prepared(aside.command, aside.chunks[0], self._attributes)
            elif aside.failed:
                self.current = statement = aside.as_statement(self._weight() if self._wanted() else 0)
                self.relay.client_leg.keep(aside.command)
                self._end_statement(statement)
        elif aside.selects is not None and succeeded:
            self.database = aside.selects

    def opaque(self, data: bytes) -> None:
        """A command begins that was not looked at: one of another kind, or too long."""
        if data[4] in NO_REPLY or len(data) == 4 + int.from_bytes(data[:3], "little"):
            self.other(data)
            return
        self.aside(data[:5])
        if (data[4] == Com.QUERY or data[4] in EXECUTIONS) and isinstance(self._current, Aside):
            self._current.before = None  # a statement too long to be kept

    # --- beside it --------------------------------------------------------------------------------------------

    def lose(self) -> None:
        """Which reply belongs to what is not known any more: look away."""
        self.lost = True
        self.listening = False
        self._prepared.lose_last()
        self._clear()
        self._listen(None)

    def synchronised(self, database: bytes | None, codec: str) -> None:
        """The upstream has answered everything, and said what the session's state is."""
        self.finish()
        self.lost = False
        self.database, self.codec = database, codec
        self._listen(self)

    def finish(self) -> Observed | SeenStatement | None:
        """End what can be over; returns the last statement, as it can be read."""
        if self.listening and isinstance(self._current, Observed) and self._current.size:
            self.end()
        observed = self.current
        if isinstance(observed, Observed):
            observed.user, observed.database = self.user, self.database
        return None if self.listening else observed

    def unended(self, until: float) -> Observed | None:
        """A statement whose reply has said nothing since ``until``, and may be over."""
        observed = self._current
        if not self.listening or type(observed) is not Observed or not observed.size or observed.ended > until:
            return None
        self._bind(observed)
        self._weigh(observed)
        if observed.ended == self.looked_at or not observed.weight:
            return None
        observed.user, observed.database = self.user, self.database
        return observed

    def settle(self, status: int, warnings: int) -> None:
        """The reply to the last statement was over, by what it says; whoever asked has read it."""
        observed = self._current
        assert isinstance(observed, Observed)
        self.listening = False
        self.settled = Settled(observed, status, warnings)

    def ran(self, statement: SeenStatement) -> None:
        """The SQL of an ASK: no bytes of it came past here."""
        self.current = statement
        self._waiting.add_seen(statement)

    def forget(self) -> None:
        """COM_CHANGE_USER or COM_RESET_CONNECTION: nothing of before is the session's own."""
        self.end()  # a reply that has not even begun would be taken for the next one
        self.listening = False
        self._clear()
        self._prepared.clear()

    def _clear(self) -> None:
        """What the last statements were is not known, or nobody's concern any more."""
        self.current = self._before = None
        self._waiting.comes_back(self)
        self.relay.client_leg.forget()

    def leave(self) -> None:
        """The session ends, or is not looked at any more."""
        self.forget()
        self.turn()
        if self._waiting.loaded and self.relay.client_leg.count <= SHORT:
            self._waiting.owed += self.relay.client_leg.count - self._counted
        self._listen(None)
