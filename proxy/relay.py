"""One client's session: two connections, and whose turn it is.

Three modes. Relaying: bytes pass, commands are looked at. A gateway statement: a task has borrowed the upstream, and
what the client sends meanwhile waits. COM_CHANGE_USER: both legs belong to the log-in until it ends.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from plugins import Note
from proxy.commands import Commands
from proxy.guard import Guard
from proxy.idle import Idle
from proxy.legs import WRITE_LIMIT, ClientLeg, UpstreamLeg
from proxy.observe import Observer
from proxy.turn import Turn
from proxy.wire import encode
from proxy.wire.actions import LoginResult
from proxy.wire.capabilities import Dialect
from proxy.wire.commands import NO_REPLY, Beginning, Com, Command, CommandReader
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import out_of_order, packet

if TYPE_CHECKING:
    from proxy.hub import Hub

log = structlog.get_logger("askwire.session")

# Bytes that a client may send ahead while a gateway statement runs; then it is not read any more.
MAX_BACKLOG = 1 << 20


class Relay:
    """A session after its log-in."""

    def __init__(
        self, hub: "Hub", client: asyncio.Transport, upstream: asyncio.Transport, login: LoginResult, peer: str
    ) -> None:
        self.hub = hub
        self.client = client
        self.upstream = upstream
        self.login = login
        self.nonce = login.nonce  # of the last log-in
        self.peer = peer
        self.since = time.time()
        self.dialect = Dialect(login.capabilities, login.mariadb_capabilities)
        self.notes: tuple[Note, ...] | None = None  # of the gateway statement before; None: the upstream has them
        self.state: dict[str, Any] = {}
        self.awaiting = False  # the last bytes went up: the client waits for a reply
        self.commands = Commands(self)
        self.turn = Turn(self)
        self.idle = Idle(self)
        self.client_leg = ClientLeg(self, hub.router, self.dialect.query_attributes)
        self.upstream_leg = UpstreamLeg(self)
        self.observer = Observer(self, hub.waiting) if hub.settings.diagnose.watch else None
        self.client_leg.observer = self.upstream_leg.observer = self.observer
        self._reader = CommandReader()
        self.guard: Guard | None = None  # where a plugin changes results: nothing goes the quick way
        self._backlog: deque[bytes | Command] = deque()
        self._backlog_bytes = 0
        self.exchange_listener: Callable[[bytes], None] | None = None  # gets what the client sends while it logs in
        self.client_gone = False
        self._client_reads = asyncio.Event()
        self._client_reads.set()

    def start(self) -> None:
        """Take both connections over from the log-in."""
        self.watch()
        for transport, leg in ((self.client, self.client_leg), (self.upstream, self.upstream_leg)):
            transport.set_write_buffer_limits(high=WRITE_LIMIT)
            transport.set_protocol(leg)
            transport.resume_reading()
        if self.login.database:
            self.idle.database_selected()

    def guard_user(self) -> None:
        """A user has logged in, or another one: ask whether plugins change what it sees. Raises what they raise."""
        user = self.login.user.decode("utf-8", "replace")
        transform = self.hub.plugins.result_transform(user, self.peer.rpartition(":")[0] or self.peer)
        self.guard = None if transform is None else Guard(self, transform)
        self._reader.every = self.guard is not None
        if self.guard is not None:
            if self.observer is not None:
                self.observer.leave()
            self.observer = None
        elif self.observer is None and self.hub.settings.diagnose.watch:
            self.observer = Observer(self, self.hub.waiting)
        self.client_leg.observer = self.upstream_leg.observer = self.observer

    # --- from the legs ----------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """A gateway statement or a change of user has the upstream."""
        return self.turn.taken

    def from_client(self, data: bytes) -> None:
        """Everything that is not on the fast path."""
        if self.exchange_listener is not None:
            self.exchange_listener(data)
            return
        self.client_leg.fast = False
        try:
            pieces = self._reader.feed(data)
        except ProtocolError as error:
            self.refuse(error)
            return
        for piece in pieces:
            self._backlog.append(piece)
            self._backlog_bytes += len(piece) if isinstance(piece, bytes) else len(piece.raw)
        if not self.busy:
            self._work_off()
            return
        self.idle.client_spoke()
        if self._backlog_bytes > MAX_BACKLOG:
            self.client.pause_reading()

    def _work_off(self) -> None:
        while self._backlog and not self.busy and not self.upstream.is_closing():
            piece = self._backlog.popleft()
            if isinstance(piece, bytes) and self.guard is not None:
                # It came with the command that changed to this user, when not every command was looked at yet.
                self.refuse(out_of_order())
            elif isinstance(piece, bytes):
                self._backlog_bytes -= len(piece)
                self._pass(piece)
            else:
                self._backlog_bytes -= len(piece.raw)
                self.commands.on(piece)
        self.watch()

    def _pass(self, piece: bytes) -> None:
        """Relay a piece that is no whole command to look at."""
        if not isinstance(piece, Beginning):  # more of what began, or the file that the upstream asked for
            self.upstream.write(piece)
            return
        if self.observer is not None:
            self.observer.opaque(piece)
        self.forward(piece)

    def forward(self, command: bytes) -> None:
        """Relay a command, or the beginning of one."""
        if command[4] not in NO_REPLY:
            self.awaiting = True
        self.upstream.write(command)

    @property
    def between_commands(self) -> bool:
        """The client waits for nothing, and is not in the middle of sending something."""
        return not self.awaiting and self._reader.at_boundary

    def watch(self) -> None:
        """Decide what the next bytes of the client need."""
        self.client_leg.watched = self.commands.watched
        self.client_leg.fast = (
            self.guard is None and not self.busy and self._reader.at_boundary and not self.commands.expects
        )

    def client_eof(self) -> bool:
        """The client sends no more; it may still wait for replies. Returns whether its connection stays open."""
        self.idle.end()
        if self.busy or self.login.client_tls:
            return False
        if self.upstream.can_write_eof():
            self.upstream.write_eof()
            return True
        if self._reader.at_boundary:  # TLS has no half-closed connections; this has the same effect
            self.forward(packet(0, bytes([Com.QUIT])))
            return True
        return False

    def client_lost(self) -> None:
        self.client_gone = True
        if self.observer is not None:
            self.observer.leave()
        self.idle.end()
        self.turn.cancel()
        self.upstream.close()
        self.hub.closed(self)

    def upstream_lost(self) -> None:
        self.turn.upstream_lost()
        if not self.busy:
            self.client.close()

    def pause_upstream(self, pause: bool) -> None:
        """The client reads slowly: so does the gateway, from the upstream."""
        _pause(self.upstream, pause)
        if pause:
            self._client_reads.clear()
        else:
            self._client_reads.set()

    async def client_keeps_up(self) -> None:
        """Wait until the client has read most of what was written; other sessions get their turn in any case."""
        await asyncio.sleep(0)
        await self._client_reads.wait()

    def pause_client(self, pause: bool) -> None:
        _pause(self.client, pause or self._backlog_bytes > MAX_BACKLOG)

    def resume(self) -> None:
        """The upstream is the client's again: go on with what it sent meanwhile."""
        self.idle.lending = False
        self.upstream_leg.listener = self.exchange_listener = None
        if self.upstream.is_closing():
            self.client.close()
            return
        self._work_off()
        if self._backlog_bytes <= MAX_BACKLOG:
            _pause(self.client, False)

    # --- ends -------------------------------------------------------------------------------------------------

    def refuse(self, error: ProtocolError) -> None:
        """The client broke the protocol: say so and close."""
        self.client.write(encode.error(1, error.number, error.sqlstate, error.message))
        self.close()

    def out_of_step(self, error: ProtocolError) -> None:
        """The upstream broke the protocol; nothing that follows can be trusted."""
        log.error("upstream_out_of_step", connection=self.login.connection_id, error=error.message)
        self.upstream.abort()

    def close(self) -> None:
        """End the session; what was written is still sent."""
        self.client.close()
        self.upstream.close()

    def abort(self) -> None:
        """The gateway ends: nothing is waited for."""
        self.turn.cancel()
        self.client.abort()
        self.upstream.abort()


def _pause(transport: asyncio.Transport, pause: bool) -> None:
    if transport.is_closing():
        return
    if pause:
        transport.pause_reading()
    else:
        transport.resume_reading()
