"""The gateway's own MySQL server, for a database that does not speak MySQL: a thread per session, in this process.

The relay reaches it over a socket pair instead of TCP and treats it as any MySQL server; see ``session.ServerSession``.
"""

import itertools
import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from conf.settings import Settings, SettingsError
from plugins import UpstreamError
from proxy.upstreams.accounts import Accounts
from proxy.upstreams.backends import open_backend
from proxy.upstreams.files.backend import open_files
from proxy.upstreams.session import ServerSession
from proxy.upstreams.types import Backend
from proxy.wire.server_login import CACHING_SHA2
from proxy.workers import Siblings

log = structlog.get_logger("askwire.server")
# Seconds that threads get to notice that their session is over.
JOIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Peer:
    """The client behind a connection of the relay."""

    host: str
    local: bool  # on the loopback interface of this machine


class Server:
    """One backend's sessions. ``connect`` and ``gone`` are the relay's; the rest belongs to the sessions."""

    def __init__(
        self,
        backend: Backend,
        hashes: Mapping[str, str],
        *,
        first_id: int = 1,
        login_plugin: bytes = CACHING_SHA2,
        siblings: Siblings | None = None,
    ) -> None:
        self.backend = backend
        self.accounts = Accounts(backend, hashes)
        self.login_plugin = login_plugin
        self._siblings = siblings
        self.schema_epoch = 0  # goes up with every change of a schema that a session makes
        self._ids = itertools.count(first_id)
        self._sessions: dict[int, ServerSession] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._lock = threading.Lock()
        self._started = time.monotonic()

    def connect(self, peer: Peer) -> socket.socket:
        """The relay's end of a new session, non-blocking; the greeting comes first."""
        ours, theirs = socket.socketpair()
        number = next(self._ids)
        session = ServerSession(self, ours, number, peer.host, local=peer.local)
        thread = threading.Thread(target=self._run, args=(session,), name=f"session-{number}", daemon=True)
        with self._lock:
            self._sessions[number] = session
            self._threads[number] = thread
        thread.start()
        theirs.setblocking(False)
        return theirs

    def _run(self, session: ServerSession) -> None:
        try:
            session.run()
        except Exception:
            log.exception("session_failed", connection=session.id)
        finally:
            session.close()
            with self._lock:
                del self._sessions[session.id], self._threads[session.id]

    def sessions(self) -> list[ServerSession]:
        """For SHOW PROCESSLIST: those that are logged in."""
        with self._lock:
            return [session for session in self._sessions.values() if session.user]

    def kill(self, number: int, by: str, *, connection: bool) -> None:
        """KILL: ``by`` names the user who asks. Raises ``UpstreamError``: 1094 no such session, 1095 not one's own.

        One that is not here may be another worker's, of which nothing is heard back.
        """
        with self._lock:
            session = self._sessions.get(number)
        if session is None and self._siblings is not None:
            self._siblings.kill(number, by, connection=connection)
            return
        if session is None or not session.user:
            raise UpstreamError(1094, "HY000", f"Unknown thread id: {number}")
        if session.user != by:
            raise UpstreamError(1095, "HY000", f"You are not owner of thread {number}")
        session.kill(connection=connection)

    def killed(self, number: int, by: str, *, connection: bool) -> None:
        """Another worker's client asks for it. Returns at once."""
        with self._lock:
            session = self._sessions.get(number)
        if session is not None and session.user == by:
            threading.Thread(target=session.kill, kwargs={"connection": connection}, daemon=True).start()

    def gone(self, number: int) -> None:
        """The client went away: what it waits for is stopped. Returns at once."""
        with self._lock:
            session = self._sessions.get(number)
        if session is None:
            return
        session.killed = True
        if session.busy:
            threading.Thread(target=session.kill, kwargs={"connection": True}, daemon=True).start()

    def counters(self) -> dict[str, int]:
        """For SHOW STATUS."""
        running = sum(session.busy for session in self.sessions())
        return {
            "Threads_connected": len(self.sessions()),
            "Threads_running": running,
            "Uptime": round(time.monotonic() - self._started),
        }

    def schema_changed(self) -> None:
        with self._lock:
            self.schema_epoch += 1

    def close(self) -> None:
        """End all sessions, then the backend."""
        with self._lock:
            sessions, threads = list(self._sessions.values()), list(self._threads.values())
        for session in sessions:
            session.kill(connection=True)
        for thread in threads:
            thread.join(JOIN_S)
        self.backend.close()


def open_server(settings: Settings, siblings: Siblings | None = None) -> Server:
    """The server for ``settings.upstream`` or ``settings.files``. Raises ``SettingsError``."""
    try:
        backend = open_files(settings.files) if settings.files else open_backend(settings.upstream)
    except UpstreamError as error:
        raise SettingsError(f"{settings.upstream_name}: {error.message}") from error
    except (sa.exc.ArgumentError, ImportError) as error:  # no such dialect, or its driver is not installed
        raise SettingsError(f"{settings.upstream_name}: {error}") from error
    # Session ids of several workers must differ: KILL names one.
    first = 1 if settings.workers == 1 else (os.getpid() & 0x7FFF) << 16 | 1
    return Server(
        backend, settings.accounts, first_id=first, login_plugin=settings.login_plugin.encode(), siblings=siblings
    )
