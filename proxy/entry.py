"""From an accepted connection to a session: reaches the upstream, drives the log-in, starts the relay."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, cast

import structlog

from proxy import metrics
from proxy.relay import Relay
from proxy.respond import describe
from proxy.wire import encode
from proxy.wire.actions import (
    Action,
    LoggedIn,
    LoginResult,
    Refused,
    StartClientTls,
    StartUpstreamTls,
    ToClient,
    ToUpstream,
)
from proxy.wire.errors import ProtocolError
from proxy.wire.login import Login
from proxy.wire.packets import PacketReader

if TYPE_CHECKING:
    from proxy.hub import Hub

log = structlog.get_logger("askwire.login")
Packet = tuple[int, bytes]


class PacketLeg(asyncio.BufferedProtocol):
    """Reads exactly one packet at a time, so that the bytes after it are still TLS's to read."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._reader = PacketReader()
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Packet | None] | None = None
        self._ready: Packet | None = None
        self._error: ProtocolError | None = None
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        _keep_alive(self.transport)
        self.transport.pause_reading()

    def get_buffer(self, sizehint: int) -> bytearray:
        self._buffer = bytearray(self._reader.missing)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._reader.feed(bytes(self._buffer[:nbytes]))
            self._ready = self._reader.next_packet()
        except ProtocolError as error:
            self._error = error
        if self._ready is not None or self._error is not None:
            assert self.transport is not None
            self.transport.pause_reading()
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._wake()

    def leave_plain(self) -> None:
        """TLS comes next. Raises ``ProtocolError`` when bytes came before it: they would pass for bytes inside TLS."""
        assert self.transport is not None
        self.transport.pause_reading()
        if self._ready is not None or self._error is not None or self._reader.buffered:
            raise ProtocolError(1043, "08S01", "Bad handshake: data came before the TLS handshake")

    def enter_tls(self, transport: asyncio.Transport) -> None:
        """TLS was started. A read under way goes on over the new transport."""
        self.transport = transport
        if self._waiting is not None and not self._waiting.done():
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def read(self) -> Packet | None:
        """The next packet; None when the connection ended. Raises ``ProtocolError``."""
        if self._ready is None and self._error is None and not self._lost:
            assert self.transport is not None
            self._waiting = asyncio.get_running_loop().create_future()
            self.transport.resume_reading()
            await self._waiting
        if self._error is not None:
            raise self._error
        packet, self._ready = self._ready, None
        return packet


class Entry:
    """One connection until it is a session or refused."""

    def __init__(self, hub: "Hub", client: PacketLeg) -> None:
        self._hub = hub
        self._client = client
        self._upstream = PacketLeg()
        self._login = Login(hub.login_policy, hub.rsa)
        self._result: LoginResult | None = None
        self._refused = False
        self._welcome = b""  # the OK of the log-in, until nothing speaks against it

    async def run(self) -> None:
        """Never raises; on refusal both connections are closed."""
        assert self._client.transport is not None
        peer = _peer(self._client.transport)
        try:
            async with asyncio.timeout(self._hub.settings.login_timeout_s):
                if await self._reach_upstream():
                    await self._converse()
        except TimeoutError:
            self._refuse(ProtocolError(1159, "08S01", "Got timeout reading communication packets"))
        except Exception:
            log.exception("login_failed", peer=peer)
        finally:
            self._hand_over(peer)

    def _hand_over(self, peer: str) -> None:
        client, upstream = self._client.transport, self._upstream.transport
        if self._result is None or client is None or upstream is None or client.is_closing() or upstream.is_closing():
            metrics.CONNECTIONS.labels("refused").inc()
            for transport in (client, upstream):
                if transport is not None:
                    transport.close()
            return
        relay = Relay(self._hub, client, upstream, self._result, peer)
        try:
            relay.guard_user()
        except Exception as error:
            log.exception("session_refused", peer=peer)
            client.write(encode.error(self._welcome[3] if self._welcome else 0, *describe(error)))
            for transport in (client, upstream):
                transport.close()
            return
        client.write(self._welcome)
        self._hub.opened(relay)
        relay.start()

    async def _reach_upstream(self) -> bool:
        if self._hub.server is not None:
            from proxy.upstreams.server import Peer  # needs SQLAlchemy; this upstream has imported it

            host = _host(self._client.transport)
            near = self._hub.server.connect(Peer(host, local=_is_loopback(host)))
            await asyncio.get_running_loop().create_unix_connection(lambda: self._upstream, sock=near)
            return True
        host, port = self._hub.settings.upstream_address
        try:
            async with asyncio.timeout(self._hub.settings.connect_timeout_s):
                await asyncio.get_running_loop().create_connection(lambda: self._upstream, host, port)
        except (OSError, TimeoutError) as error:
            reason = error.errno if isinstance(error, OSError) and error.errno else "timed out"
            metrics.UNREACHABLE.inc()
            log.warning("upstream_refused", upstream=self._hub.settings.upstream, reason=str(error) or reason)
            message = f"Unable to connect to foreign data source: MySQL server on '{host}:{port}' ({reason})"
            self._refuse(ProtocolError(1429, "HY000", message))
            return False
        return True

    async def _converse(self) -> None:
        reads: dict[PacketLeg, asyncio.Task[Packet | None]] = {}
        try:
            while self._result is None and not self._refused:
                legs = [self._upstream, *([self._client] if self._login.reads_client else [])]
                for leg in legs:
                    if leg not in reads:
                        reads[leg] = asyncio.create_task(leg.read())
                await asyncio.wait(reads.values(), return_when=asyncio.FIRST_COMPLETED)
                for leg in [leg for leg, task in reads.items() if task.done()]:
                    await self._take(leg, reads.pop(leg))
        finally:
            for task in reads.values():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _take(self, leg: PacketLeg, task: asyncio.Task[Packet | None]) -> None:
        try:
            packet = task.result()
        except ProtocolError as error:
            self._refuse(error)
            return
        if packet is None and leg is self._client:
            self._refused = True
        elif packet is None:
            self._refuse(ProtocolError(1158, "08S01", "Lost connection to the database during the log-in"))
        elif leg is self._client:
            await self._act(self._login.client_packet(*packet))
        else:
            await self._act(self._login.upstream_packet(*packet))

    def _refuse(self, error: ProtocolError) -> None:
        self._refused = True
        for action in self._login.refuse(error):
            if isinstance(action, ToClient) and self._client.transport is not None:
                self._client.transport.write(action.data)

    async def _act(self, actions: list[Action]) -> None:
        assert self._client.transport is not None
        assert self._upstream.transport is not None
        ends = any(isinstance(action, LoggedIn) for action in actions)
        for action in actions:
            match action:
                case ToClient(data) if ends:
                    self._welcome += data
                case ToClient(data):
                    self._client.transport.write(data)
                case ToUpstream(data):
                    self._upstream.transport.write(data)
                case StartClientTls():
                    if await self._start_tls(self._client, self._hub.client_tls, server_side=True):
                        await self._act(self._login.client_tls_started())
                case StartUpstreamTls():
                    if await self._start_tls(self._upstream, self._hub.upstream_tls, server_side=False):
                        await self._act(self._login.upstream_tls_started())
                case LoggedIn(result):
                    self._result = result
                case Refused(number, reason):
                    self._refused = True
                    log.info("login_refused", error=number, reason=reason)

    async def _start_tls(self, leg: PacketLeg, context: ssl.SSLContext | None, *, server_side: bool) -> bool:
        assert leg.transport is not None
        assert context is not None
        host = None if server_side else self._hub.settings.upstream_address[0]
        try:
            leg.leave_plain()
            transport = await asyncio.get_running_loop().start_tls(
                leg.transport, leg, context, server_side=server_side, server_hostname=host
            )
        except ProtocolError as error:
            self._refuse(error)
            return False
        except (OSError, ssl.SSLError) as error:
            where = "client" if server_side else "upstream"
            log.info("tls_failed", leg=where, error=str(error))
            self._refuse(ProtocolError(1043, "08S01", f"Bad handshake: TLS failed on the {where} leg: {error}"))
            return False
        assert transport is not None
        leg.enter_tls(transport)
        return True


def turn_away(transport: asyncio.Transport, number: int, message: str) -> None:
    """Refuse a connection before its log-in begins."""
    transport.write(encode.error(0, number, None, message))
    transport.close()


def _keep_alive(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _host(transport: asyncio.Transport | None) -> str:
    name = transport.get_extra_info("peername") if transport is not None else None
    return str(name[0]) if isinstance(name, tuple) else "unknown"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _peer(transport: asyncio.Transport) -> str:
    name = transport.get_extra_info("peername")
    return f"{name[0]}:{name[1]}" if isinstance(name, tuple) else "unknown"
