"""The two connections of a session as asyncio protocols. What has to be fast is here, and nothing else.

A relayed statement costs one header check and one first-word check on the way up, and nothing on the way down.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from proxy.routing import Router
from proxy.wire.commands import HEADER, Com

if TYPE_CHECKING:
    from proxy.relay import Relay

_QUERY = int(Com.QUERY)
# Both sides are read in pieces of up to 256 KiB; a smaller limit would pause and resume at every piece.
WRITE_LIMIT = 1 << 20


class ClientLeg(asyncio.Protocol):
    """Client -> upstream."""

    __slots__ = ("_attributes", "_may_take", "_relay", "_text_at", "fast", "send", "watched")

    def __init__(self, relay: "Relay", router: Router, attributes: bool) -> None:
        self._relay = relay
        self._may_take = router.may_take
        self._attributes = attributes
        self._text_at = 7 if attributes else 5  # without attributes in it, their block is two bytes
        self.fast = True  # nothing is under way and nothing waits for the next command
        self.watched: frozenset[int] = frozenset()
        self.send: Callable[[bytes], None] = relay.upstream.write

    def data_received(self, data: bytes) -> None:
        # One whole command: its length is the header's, its sequence id 0.
        if self.fast and len(data) > 5 and HEADER(data)[0] == len(data) - 4:
            code = data[4]
            if code == _QUERY:
                if not (self._attributes and data[5]) and not self._may_take(data, self._text_at):
                    self._relay.awaiting = True
                    self.send(data)
                    return
            elif code not in self.watched:
                self._relay.awaiting = True
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

    __slots__ = ("_relay", "listener", "send")

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.listener: Callable[[bytes], None] | None = None
        self.send: Callable[[bytes], None] = relay.client.write

    def data_received(self, data: bytes) -> None:
        if self.listener is None:
            self._relay.awaiting = False
            self.send(data)
        else:
            self.listener(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._relay.upstream_lost()

    def pause_writing(self) -> None:
        self._relay.pause_client(True)

    def resume_writing(self) -> None:
        self._relay.pause_client(False)
