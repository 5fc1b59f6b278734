"""A session's statements as they pass: each is looked at, or the session is *away*.

There is room for so many statements of a session (``sampling.py`` says how many). The others pass without being looked
at: its legs keep the last two commands and a count, and nothing else, unless a reply is an error, comes in several
pieces or does not come for a while.
"""

from abc import ABC, abstractmethod
from time import monotonic
from typing import TYPE_CHECKING

from plugins import SeenStatement
from proxy.bound import PreparedText, PreparedTexts
from proxy.observed import BETWEEN, EXECUTIONS, KEPT, SLOW_S, Aside, Observed, Waiting

if TYPE_CHECKING:
    from proxy.relay import Relay

ERR = b"\xff"


class Passing(ABC):
    """What ``Observer`` is made of."""

    __slots__ = (
        "_attributes", "_before", "_counted", "_current", "_marked", "_marked_at", "_prepared", "_text_at", "_turned",
        "_waiting", "away", "codec", "database", "listening", "lost", "relay", "room", "skip",
        "user",
    )  # fmt: skip

    def __init__(self, relay: "Relay", waiting: Waiting) -> None:
        self.relay = relay
        self.user = relay.login.user
        self.database = relay.login.database
        self.codec = "utf-8"
        self.listening = False  # what comes from the upstream belongs to ``current``
        self.lost = False  # which reply belongs to what is not known
        self.away = False  # the last statement passed without being looked at
        self.skip, self.room = 0, waiting.welcome  # so many statements pass, then so many are taken, then it is away
        self._attributes = relay.dialect.query_attributes
        self._text_at = 7 if self._attributes else 5
        self._current: Observed | SeenStatement | None = None
        self._before: Observed | SeenStatement | None = None
        self._waiting = waiting
        self._prepared = PreparedTexts()
        self._counted = self._turned = relay.client_leg.count  # up to the last one taken; before this round
        self._marked = b""  # the statement that ran at the last look, which was then
        self._marked_at = 0.0

    @property
    def current(self) -> Observed | SeenStatement | None:
        """The last statement; read already, or not yet."""
        return self._unseen(self.relay.client_leg.last) if self.away else self._current

    @current.setter
    def current(self, statement: Observed | SeenStatement | None) -> None:
        self._current = statement
        self._come_back()

    @property
    def before(self) -> Observed | SeenStatement | None:
        """The statement before the last one, where that only stands between those of people."""
        if self.away and not self.stands_between(self.relay.client_leg.before):
            return self._unseen(self.relay.client_leg.before)
        return None if self.away else self._before

    # --- the relay's path -------------------------------------------------------------------------------------

    def sent(self, command: bytes) -> None:
        """A COM_QUERY goes up; the leg has not counted it yet."""
        if self.stands_between(command):
            self._keep_before()
        if self.end():
            self._take(command, None)

    def received(self, data: bytes) -> None:
        """Bytes came down."""
        if self.away:
            if not self.relay.awaiting or data[4:5] == ERR:
                self.noticed(data)
        elif self.listening and isinstance(self._current, Observed):
            self._current.received(data)

    def noticed(self, data: bytes) -> None:
        """While it is away an error came down, or more of a reply than one read gave: the rest is looked at."""
        observed = self._passed(self.relay.client_leg.last) if self.away else None
        if observed is None:
            return
        if not self.relay.awaiting:
            observed.size = KEPT  # its beginning has passed
        observed.received(data)
        self._begin(observed)

    def stands_between(self, command: bytes) -> bool:
        """Whether a COM_QUERY is none that people mean by their last statement."""
        return command[4:5] == b"\3" and command[self._text_at : self._text_at + 3] in BETWEEN

    def end(self) -> bool:
        """What went up last is over, because the client goes on. Returns False when its reply had not even begun."""
        observed = self._current
        if self.away and self.relay.awaiting:
            self.lose()
            return False
        if self.away or not self.listening or not isinstance(observed, Observed):
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

    def _take(self, command: bytes, known: PreparedText | None) -> None:
        """Look at a statement, or let it pass."""
        skipped, wanted = self.skip > 0, self._wanted()
        if wanted or (known and known.long_data):
            observed = Observed(command, monotonic(), self._weight() if wanted else 0)
            if known is not None:
                observed.bind(known)
                known.long_data = False  # it is of this execution only
            self._begin(observed)
            return
        if not self.away:
            self.away, self._current = True, None
        if not skipped:
            self._listen(None)

    def _wanted(self) -> bool:
        """Whether the statement that goes up is one to tell of, however quick it is."""
        if self.skip:
            self.skip -= 1
        elif self.room and not self._waiting.full:
            self.room -= 1
            return True
        self._waiting.goes_away(self)  # even one that is looked at for another reason gives its samples in turn
        return False

    def _begin(self, observed: Observed) -> None:
        self.current = observed
        self.listening = True

    def _come_back(self) -> None:
        if self.away:
            self.away = False
            self._waiting.comes_back(self)
        if not self.lost:
            self._listen(self)

    def _listen(self, observer: "Passing | None") -> None:
        self.relay.client_leg.observer = self.relay.upstream_leg.observer = observer

    def _weight(self) -> int:
        """Of the statement that goes up: for how many it stands."""
        before, self._counted = self._counted, self.relay.client_leg.count + 1
        weight = self._counted - before
        if not before:  # spread over some hundred
            share = -(-self._waiting.owed // 100)
            self._waiting.owed -= share
            weight += share
        return weight

    def _weigh(self, observed: Observed) -> None:
        """Slow ones are all kept: each stands for itself."""
        if observed.seconds >= SLOW_S:
            self._counted -= observed.weight - 1
            observed.weight = 1

    def _bind(self, observed: Observed) -> None:
        """The reply has begun: which statement was it that was executed before that was known?"""
        if observed.prepare is not None and observed.text_of is None:
            observed.text_of = self._prepared.prepared(observed.prepare, observed.chunks[0], self._attributes)
            self._prepared.executed(observed.command)

    def _end_statement(self, observed: Observed) -> None:
        self._bind(observed)
        self._weigh(observed)
        if observed.weight:
            observed.user, observed.database = self.user, self.database
            self._waiting.add(self, observed)

    def _keep_before(self) -> None:
        """A command goes up that only stands between: what was before it stays the last one of people."""
        before = self.current
        if isinstance(before, Aside):
            before = before.before
        if isinstance(before, Observed):
            if self.stands_between(before.command):
                self._before = self.before
                return
            before.user, before.database = self.user, self.database
        self._before = before

    def _passed(self, command: bytes) -> Observed | None:
        """A statement that went up while it was away."""
        if not command:
            return None
        observed = Observed(command, self._marked_at if command is self._marked else monotonic(), 0)
        if command[4] in EXECUTIONS:
            observed.bind(self._prepared.executed(command))
        return observed

    def _unseen(self, command: bytes) -> Observed | None:
        """The same, with a reply of which nothing is known."""
        observed = self._passed(command)
        if observed is not None:
            observed.unseen, observed.user, observed.database = True, self.user, self.database
        return observed

    # --- between rounds ---------------------------------------------------------------------------------------

    def allow(self, room: int) -> None:
        """A round begins, and so many statements are taken in it. 0: it is away, and gives a sample when asked."""
        if room or not self.away:
            self.skip, self.room = 0, room
        if room and not self.lost:
            self._listen(self)
        if room and self.away:  # what comes from now on stands for itself
            self._counted = self.relay.client_leg.count
            if not self.relay.awaiting:
                self._before, self.current = self.before, self.current
        if room and not self.away:
            self._waiting.comes_back(self)

    def sample(self, skip: int) -> bool:
        """While it is away: take one statement, after ``skip`` others. Returns False when that is under way already."""
        if self.lost or (self.relay.client_leg.observer is not None and (self.skip or self.room)):
            return False
        self.skip, self.room = skip, 1
        self._listen(self)
        return True

    def turn(self) -> int:
        """A round ends: how many statements went up in it."""
        before, self._turned = self._turned, self.relay.client_leg.count
        self._waiting.counted += self._turned - before
        return self._turned - before

    def mark(self, now: float) -> None:
        """While it is away: a statement that ran at the last look and still has no reply is looked at from now on."""
        last = self.relay.client_leg.last
        if not self.away or not last or not self.relay.awaiting or self.relay.busy:
            return
        if last is not self._marked:
            self._marked, self._marked_at = last, now
        elif (observed := self._passed(last)) is not None:
            self._begin(observed)

    # --- what is not known here --------------------------------------------------------------------------------

    @abstractmethod
    def lose(self) -> None:
        """Which reply belongs to what is not known any more: look away."""

    @abstractmethod
    def _end_aside(self, aside: Aside) -> None:
        """The reply to a command that is no statement of the client's own is over."""
