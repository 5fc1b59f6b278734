"""The two connections of a session as asyncio protocols. What has to be fast is here, and nothing else.

A relayed statement costs one header check and one first-word check on the way up, and nothing on the way down; where
statements are watched, a few references and a clock call each way (``observe.py``).
"""

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from proxy.observed import BETWEEN, CLOCK, KEPT
from proxy.routing import Router
from proxy.wire.commands import HEADER, NO_REPLY, Com

if TYPE_CHECKING:
    from proxy.observe import Observer
    from proxy.relay import Relay

_QUERY = int(Com.QUERY)
# Both sides are read in pieces of up to 256 KiB; a smaller limit would pause and resume at every piece.
WRITE_LIMIT = 1 << 20


def writer(transport: asyncio.Transport) -> Callable[[bytes], None]:
    """``transport.write``, but straight to the socket while nothing is buffered.

    An event loop sends what was written at the end of its turn; not waiting for that saves latency when many sessions
    have something to say in one turn. Only on plain connections: TLS has records to make.
    """
    connection = transport.get_extra_info("socket")
    if connection is None or transport.get_extra_info("ssl_object") is not None:
        return transport.write
    descriptor = connection.fileno()
    later, buffered, closing = transport.write, transport.get_write_buffer_size, transport.is_closing

    def write(data: bytes) -> None:
        # A closing transport's descriptor may belong to another connection already.
        if closing() or buffered():
            later(data)
            return
        try:
            sent = os.write(descriptor, data)
        except OSError:  # full, or broken: the transport finds out which
            sent = 0
        if sent != len(data):
            later(data[sent:])

    return write


class ClientLeg(asyncio.Protocol):
    """Client -> upstream."""

    __slots__ = ("_attributes", "_may_take", "_relay", "_text_at", "fast", "observer", "send", "watched")

    def __init__(self, relay: "Relay", router: Router, attributes: bool) -> None:
        self._relay = relay
        self._may_take = router.may_take
        self._attributes = attributes
        self._text_at = 7 if attributes else 5  # without attributes in it, their block is two bytes
        self.fast = True  # nothing is under way and nothing waits for the next command
        self.watched: frozenset[int] = frozenset()
        self.observer: Observer | None = None
        self.send: Callable[[bytes], None] = writer(relay.upstream)

    def data_received(self, data: bytes) -> None:
        # One whole command: its length is the header's, its sequence id 0.
        if self.fast and len(data) > 5 and HEADER(data)[0] == len(data) - 4:
            code = data[4]
            if code == _QUERY:
                if not (self._attributes and data[5]) and not self._may_take(data, self._text_at):
                    self._relay.awaiting = True
                    observer = self.observer
                    if observer is not None:
                        if observer.left > 0 and observer.first:
                            if data[self._text_at : self._text_at + 3] in BETWEEN:
                                observer.keep_before()
                            observer.left -= 1
                            if observer.ended != observer.started:
                                observer.slow()
                            observer.command = data
                            observer.first = b""
                            observer.started = CLOCK.now
                        else:
                            observer.sent(data)
                    self.send(data)
                    return
            elif code not in self.watched:
                if code not in NO_REPLY:
                    self._relay.awaiting = True
                if self.observer is not None:
                    self.observer.other(data)
                self.send(data)
                return
        self._relay.from_client(data)

    def eof_received(self) -> bool:
        return self._relay.client_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relay.client_lost()

    def pause_writing(self) -> None:
        self._relay.pause_upstream(True)

    def resume_writing(self) -> None:
        self._relay.pause_upstream(False)


class UpstreamLeg(asyncio.Protocol):
    """Upstream -> client: opaque bytes, except while a gateway statement listens."""

    __slots__ = ("_relay", "listener", "observer", "send")

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.listener: Callable[[bytes], None] | None = None
        self.observer: Observer | None = None
        self.send: Callable[[bytes], None] = writer(relay.client)

    def data_received(self, data: bytes) -> None:
        if self.listener is None:
            self._relay.awaiting = False
            observer = self.observer
            if observer is not None:
                if observer.command is not None and not observer.first and len(data) <= KEPT:
                    observer.first = data
                    observer.ended = CLOCK.now
                else:
                    observer.received(data)
            self.send(data)
        else:
            self.listener(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._relay.upstream_lost()

    def pause_writing(self) -> None:
        self._relay.pause_client(True)

    def resume_writing(self) -> None:
        self._relay.pause_client(False)
