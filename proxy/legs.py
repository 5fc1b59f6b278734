"""The two connections of a session as asyncio protocols. What has to be fast is here, and nothing else.

A relayed statement costs one header check and one first-word check on the way up, and one more check on the way down;
those that are looked at, a call each way (``passing.py``).
"""

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from proxy.routing import Router
from proxy.wire.commands import HEADER, NO_REPLY, Com

if TYPE_CHECKING:
    from proxy.passing import Passing
    from proxy.relay import Relay

_QUERY = int(Com.QUERY)
_ERR, _FILE = b"\xff", b"\xfb"
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

    __slots__ = (
        "_attributes", "_may_take", "_relay", "_text_at", "before", "count", "fast", "last", "observer", "send",
        "watched",
    )  # fmt: skip

    def __init__(self, relay: "Relay", router: Router, attributes: bool) -> None:
        self._relay = relay
        self._may_take = router.may_take
        self._attributes = attributes
        self._text_at = 7 if attributes else 5  # without attributes in it, their block is two bytes
        self.fast = True  # nothing is under way and nothing waits for the next command
        self.watched: frozenset[int] = frozenset()
        self.observer: Passing | None = None  # None: nobody looks at what passes, now or at all
        self.last = self.before = b""  # statements that went up
        self.count = 0  # of all of them
        self.send: Callable[[bytes], None] = writer(relay.upstream)

    def data_received(self, data: bytes) -> None:
        # One whole command: its length is the header's, its sequence id 0.
        if self.fast and len(data) > 5 and HEADER(data)[0] == len(data) - 4:
            code = data[4]
            if code == _QUERY:
                if not (self._attributes and data[5]) and not self._may_take(data, self._text_at):
                    relay = self._relay
                    if self.observer is not None:
                        self.observer.sent(data)
                    elif relay.awaiting and relay.observer is not None:
                        relay.observer.lose()
                    self.before = self.last
                    self.last = data
                    self.count += 1
                    relay.awaiting = True
                    self.send(data)
                    return
            elif code not in self.watched:
                relay = self._relay
                if relay.observer is not None:
                    relay.observer.other(data)
                if code not in NO_REPLY:
                    relay.awaiting = True
                self.send(data)
                return
        self._relay.from_client(data)

    def keep(self, command: bytes) -> None:
        """A statement goes up another way."""
        self.before, self.last = self.last, command
        self.count += 1

    def forget(self) -> None:
        self.before = self.last = b""

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
        self.observer: Passing | None = None
        self.send: Callable[[bytes], None] = writer(relay.client)

    def data_received(self, data: bytes) -> None:
        if self.listener is None:
            relay = self._relay
            if self.observer is not None:
                self.observer.received(data)
            elif (not relay.awaiting or data[4:5] == _ERR) and relay.observer is not None:
                relay.observer.noticed(data)
            # It may ask for a file: then what comes up next is that.
            relay.awaiting = relay.awaiting and data[4:5] == _FILE
            self.send(data)
        else:
            self.listener(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._relay.upstream_lost()

    def pause_writing(self) -> None:
        self._relay.pause_client(True)

    def resume_writing(self) -> None:
        self._relay.pause_client(False)
