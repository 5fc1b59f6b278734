"""What a log-in and a COM_CHANGE_USER have in common: states, one boundary for errors, the end.

A refusal is a state that nothing leads out of.
"""

from abc import ABC, abstractmethod
from enum import Enum, auto

from proxy.wire.actions import Action, Legs, Refused
from proxy.wire.auth import AuthExchange, Turn
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import err_packet_payload, out_of_order, parse_err


class State(Enum):
    GREETING = auto()  # the upstream's greeting comes next
    RESPONSE = auto()  # the client's SSLRequest or response
    CLIENT_TLS = auto()  # TLS is being started on the client's leg
    RESPONSE_IN_TLS = auto()
    UPSTREAM_TLS = auto()  # TLS is being started on the upstream's leg
    AUTHENTICATION = auto()
    DONE = auto()
    REFUSED = auto()


class Event(Enum):
    UPSTREAM_PACKET = auto()
    CLIENT_PACKET = auto()
    CLIENT_TLS_STARTED = auto()
    UPSTREAM_TLS_STARTED = auto()


class Conversation(ABC):
    """Packets of both legs in, actions out, until the upstream says OK or somebody is refused.

    No method raises: whatever a peer does wrong becomes an ERR packet to the client and ``Refused``. After
    ``Refused`` every method returns an empty list.
    """

    def __init__(self, legs: Legs, state: State) -> None:
        self.state = state
        self._legs = legs
        self._exchange: AuthExchange | None = None

    @property
    def reads_client(self) -> bool:
        """The next packet is the client's. The upstream may still send an ERR at any time, so read that always."""
        if self.state is State.AUTHENTICATION:
            return self._exchange is not None and self._exchange.turn in (Turn.CLIENT, Turn.PASSWORD)
        return self.state in (State.RESPONSE, State.RESPONSE_IN_TLS)

    def upstream_packet(self, seq: int, payload: bytes) -> list[Action]:
        return self._on(Event.UPSTREAM_PACKET, seq, payload)

    def client_packet(self, seq: int, payload: bytes) -> list[Action]:
        return self._on(Event.CLIENT_PACKET, seq, payload)

    def refuse(self, error: ProtocolError) -> list[Action]:
        """End it because of something outside: a time-out, a lost upstream, a TLS handshake that failed."""
        if self.state is State.REFUSED:
            return []
        before, self.state = self.state, State.REFUSED
        refused = Refused(error.number, error.message)
        if before is State.CLIENT_TLS:  # the client can read neither
            return [refused]
        sqlstate = None if before is State.GREETING else error.sqlstate
        return [self._legs.to_client(err_packet_payload(error.number, sqlstate, error.message)), refused]

    def _on(self, event: Event, seq: int = 0, payload: bytes = b"") -> list[Action]:
        if self.state is State.REFUSED:
            return []
        try:
            if event is Event.UPSTREAM_PACKET:
                self._legs.upstream.received(seq)
                if payload[:1] == b"\xff" and self.state is not State.DONE:
                    return self._upstream_error(payload)
            elif event is Event.CLIENT_PACKET:
                self._legs.client.received(seq)
            return self._step(event, payload)
        except ProtocolError as error:
            return self.refuse(error)

    @abstractmethod
    def _step(self, event: Event, payload: bytes) -> list[Action]:
        """One event that is in order. Raises ``ProtocolError``."""

    def _upstream_error(self, payload: bytes) -> list[Action]:
        """The upstream's ERR, passed on as it is."""
        error = parse_err(payload)
        before, self.state = self.state, State.REFUSED
        refused = Refused(error.number, error.message.decode("utf-8", "replace"))
        return [refused] if before is State.CLIENT_TLS else [self._legs.to_client(payload), refused]

    def _authenticate(self, event: Event, payload: bytes) -> list[Action]:
        exchange = self._exchange
        assert exchange is not None
        if event is Event.CLIENT_PACKET:
            return exchange.client_packet(payload)
        if event is not Event.UPSTREAM_PACKET:
            raise out_of_order()
        actions = exchange.upstream_packet(payload)
        if exchange.ok is not None:
            self.state = State.DONE
            actions.append(self._success(exchange.nonce, exchange.ok.status))
        return actions

    @abstractmethod
    def _success(self, nonce: bytes, status: int) -> Action:
        """The upstream's OK: the action that ends the conversation."""
