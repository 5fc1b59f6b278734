"""Database log-ins of people at the admin endpoint: AI statements run with their own rights, never with the gateway's.

A log-in is a connection to the gateway's own listener, like any client's. Its id is a secret; whoever has it and a
token of the same role may use it.
"""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from prometheus_client import Gauge
from starlette.exceptions import HTTPException

from conf.admin import AdminSettings
from conf.metrics import REGISTRY
from plugins import UpstreamError
from proxy.admin.connection import Credentials, Listener, Statement
from proxy.admin.limits import Buckets

T = TypeVar("T")
log = structlog.get_logger("askwire.admin")
OPEN = Gauge("askwire_admin_logins", "Database log-ins open at the admin endpoint", registry=REGISTRY)
STOP_TIMEOUT_S = 10.0
LEAVING_S = 0.5
_DENIED = (1044, 1045, 1049, 1698)


class Login:
    """One connection; ``busy`` while a statement has it, ``stopping`` while one is stopped that nobody waits for."""

    def __init__(self, role: str, credentials: Credentials, connection: Any, account: str, logins: "Logins") -> None:
        self.id = secrets.token_urlsafe(32)
        self.role = role
        self.account = account
        self.number = int(connection.thread_id())
        self.busy = False
        self.stopping = False
        self.used = time.monotonic()
        self.credentials = credentials
        self.connection = connection
        self._logins = logins
        self._under_way: asyncio.Future[Any] | None = None

    async def call(self, work: Callable[[], T]) -> T:
        """Run ``work`` in a thread. When the caller is cancelled it goes on: ``abandon`` ends it."""
        future = self._logins.in_thread(work)
        future.add_done_callback(_seen)
        self._under_way = future
        return await asyncio.shield(future)

    def give_back(self) -> None:
        self.busy = self.stopping = False
        self.used = time.monotonic()

    async def abandon(self, statement: Statement) -> None:
        """Nobody waits for ``statement`` any more: stop it, and keep the connection if it can be kept."""
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._logins.kill(self, self.number, connection=False)
                if self._under_way is not None:
                    await asyncio.gather(self._under_way, return_exceptions=True)
                await self._logins.in_thread(statement.close)
        except (TimeoutError, UpstreamError) as error:
            if not isinstance(error, UpstreamError) or error.number != 1317:  # it was interrupted, as it should
                await self._logins.forget(self)
        self.give_back()


class Logins:
    """All open log-ins. ``close`` at the end."""

    def __init__(self, settings: AdminSettings, listener: Listener) -> None:
        self._settings = settings
        self._listener = listener
        self._open: dict[str, Login] = {}
        # A thread for each, one that stops each, and some that log in; never the loop's own pool.
        self._threads = ThreadPoolExecutor(4 * settings.logins + 4, thread_name_prefix="askwire-login")
        self._wrong = Buckets(settings.failed_tokens_per_minute / 60, settings.failed_tokens_per_minute)
        self._opening = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def open(self, role: str, credentials: Credentials, language: str = "") -> Login:
        """Log in, to be spoken to in ``language`` where that is not the settings'.

        Raises ``UpstreamError`` as the database says it, and 429 when there are too many.
        """
        await self._make_room(role)
        self._opening += 1
        try:
            connection = await self.in_thread(lambda: self._listener.connect(credentials))
            account = await self.in_thread(lambda: _account(connection))
            if language:
                await self.in_thread(lambda: _speak(connection, language))
        except UpstreamError as error:
            if error.number in _DENIED and self._wrong.take(role):
                raise HTTPException(429, "Too many log-ins that failed", {"retry-after": "60"}) from None
            raise
        finally:
            self._opening -= 1
        login = Login(role, credentials, connection, account, self)
        self._open[login.id] = login
        OPEN.inc()
        log.info("admin_login", account=account, connection=login.number, role=role)
        return login

    def get(self, role: str, secret: str) -> Login:
        """Raises 404."""
        login = self._open.get(secret)
        if login is None or login.role != role:
            raise HTTPException(404, "There is no such log-in, or it was closed: log in again")
        return login

    async def take(self, role: str, secret: str) -> Login:
        """For one statement; ``give_back`` it. Raises 404, and 409 when it has one already.

        Who hung up may ask again at once: that is noticed a moment later, and then the statement is to be stopped.
        """
        login = self.get(role, secret)
        noticed_by = time.monotonic() + LEAVING_S
        while login.busy and (login.stopping or time.monotonic() < noticed_by):
            await asyncio.sleep(0.02)
            login = self.get(role, secret)
        if login.busy:
            raise HTTPException(409, "This log-in has a statement under way; one at a time")
        login.busy = True
        return login

    def of_session(self, number: int) -> Login | None:
        """The log-in whose session has this id."""
        return next((login for login in self._open.values() if login.number == number), None)

    async def run(self, role: str, secret: str, sql: str) -> list[tuple[Any, ...]]:
        """One statement's rows. Raises what ``take`` does, and ``UpstreamError``."""
        login = await self.take(role, secret)
        statement = Statement(login.connection, sql)
        try:
            columns = await login.call(statement.start)
            rows = await login.call(statement.all_rows) if columns is not None else []
        except asyncio.CancelledError:
            self.abandon(login, statement)
            raise
        except UpstreamError:
            login.give_back()
            raise
        login.give_back()
        return rows

    async def kill(self, login: Login, number: int, *, connection: bool) -> None:
        """KILL with the rights of ``login``. Raises ``UpstreamError``."""
        await self.in_thread(lambda: self._listener.kill(login.credentials, number, connection=connection))

    def abandon(self, login: Login, statement: Statement) -> None:
        """Have the statement stopped in the background; the log-in is busy until then."""
        if self._closing:  # the statement ends with its connection
            return
        login.stopping = True
        task = asyncio.create_task(login.abandon(statement))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self, login: Login) -> None:
        """Close its connection."""
        if self._open.pop(login.id, None) is not None:
            OPEN.dec()
        await self.in_thread(lambda: _close(login.connection))

    async def expire(self) -> None:
        """Close those that nobody used for a while, for ever."""
        while True:
            await asyncio.sleep(min(15.0, self._settings.login_idle_s / 4))
            latest = time.monotonic() - self._settings.login_idle_s
            for login in [login for login in self._open.values() if not login.busy and login.used < latest]:
                await self.forget(login)

    async def close(self) -> None:
        """Requests that the server has cancelled but that have not ended yet may still come here."""
        self._closing = True
        for login in list(self._open.values()):
            await self.forget(login)
        if self._tasks:
            await asyncio.wait(list(self._tasks))
        self._threads.shutdown(wait=False)

    def in_thread(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Raises ``UpstreamError`` after ``close``."""
        try:
            return asyncio.get_running_loop().run_in_executor(self._threads, work)
        except RuntimeError:  # no thread begins any more
            raise UpstreamError(1053, "08S01", "Server shutdown in progress") from None

    async def _make_room(self, role: str) -> None:
        """The one that was not used for the longest time makes way. Raises 429 when all of them are at work."""
        mine = sorted((login for login in self._open.values() if login.role == role), key=lambda login: login.used)
        if len(mine) + self._opening < self._settings.logins:
            return
        idle = next((login for login in mine if not login.busy), None)
        if idle is None:
            raise HTTPException(429, "Too many log-ins are at work", {"retry-after": "10"})
        await self.forget(idle)


def _account(connection: Any) -> str:
    """As the database calls it: ``user@host``. Raises ``UpstreamError``."""
    statement = Statement(connection, "SELECT CURRENT_USER()")
    statement.start()
    return str(statement.all_rows()[0][0])


def _speak(connection: Any, language: str) -> None:
    with contextlib.suppress(UpstreamError):  # a gateway without the plugin that knows SET ASK
        Statement(connection, f"SET ASK language = '{language}'").start()


def _seen(future: "asyncio.Future[Any]") -> None:
    """Nobody may be left who waits for it."""
    if not future.cancelled():
        future.exception()


def _close(connection: Any) -> None:
    """At once, whatever it does: a thread that waits for it gets an error."""
    with contextlib.suppress(OSError, AttributeError):
        connection._sock.shutdown(socket.SHUT_RDWR)
    connection._force_close()
    if connection._result is not None:  # else its cursor reads on when it is collected, and finds no connection
        connection._result.unbuffered_active = False
