"""A gateway of one connection, with threads and blocking sockets: enough to prove the log-in with real peers."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from proxy.wire.actions import (
    Action,
    LoggedIn,
    LoginResult,
    Refused,
    Rsa,
    StartClientTls,
    StartUpstreamTls,
    ToClient,
    ToUpstream,
)
from proxy.wire.login import Login, LoginPolicy
from proxy.wire.packets import PacketReader


def read_packet(connection: socket.socket) -> tuple[int, bytes]:
    """Exactly one packet and no byte more. Raises ConnectionError at the end of the stream."""
    reader = PacketReader()
    while (found := reader.next_packet()) is None:
        data = connection.recv(reader.missing)
        if not data:
            raise ConnectionError
        reader.feed(data)
    return found


class Relay:
    """Log one client in to ``upstream`` (host, port), then pass bytes both ways; ``ended`` is how the log-in ended.

    ``contexts`` are the client leg's and the upstream leg's.
    """

    def __init__(
        self,
        upstream: tuple[str, int],
        policy: LoginPolicy,
        rsa: Rsa,
        contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    ) -> None:
        self.ended: LoginResult | Refused | None = None
        self._upstream_address = upstream
        self._policy = policy
        self._rsa = rsa
        self._contexts = contexts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        self._client, _ = self._listener.accept()
        self._upstream = socket.create_connection(self._upstream_address)
        with contextlib.suppress(ConnectionError):
            self._log_in()
            if isinstance(self.ended, LoginResult):
                with self._pump(self._upstream, self._client):
                    self._copy(self._client, self._upstream)
        self._client.close()
        self._upstream.close()

    def _log_in(self) -> None:
        login = Login(self._policy, self._rsa)
        while self.ended is None:
            if login.reads_client:
                actions = login.client_packet(*read_packet(self._client))
            else:
                actions = login.upstream_packet(*read_packet(self._upstream))
            while actions:
                actions = self._do(login, actions)

    def _do(self, login: Login, actions: list[Action]) -> list[Action]:
        server, client = self._contexts
        more: list[Action] = []
        for action in actions:
            match action:
                case ToClient(data):
                    self._client.sendall(data)
                case ToUpstream(data):
                    self._upstream.sendall(data)
                case StartClientTls():
                    self._client = server.wrap_socket(self._client, server_side=True)
                    more = login.client_tls_started()
                case StartUpstreamTls():
                    self._upstream = client.wrap_socket(self._upstream, server_hostname="127.0.0.1")
                    more = login.upstream_tls_started()
                case LoggedIn(result):
                    self.ended = result
                case Refused():
                    self.ended = action
        return more

    @contextlib.contextmanager
    def _pump(self, source: socket.socket, sink: socket.socket) -> Iterator[None]:
        thread = threading.Thread(target=self._copy, args=(source, sink))
        thread.start()
        yield
        thread.join(20)

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
