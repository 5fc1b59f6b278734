"""Whether clients can work now: the upstream is reached as a client would reach it."""

import asyncio
import time

import pymysql

from plugins import UpstreamError
from proxy.hub import Hub
from proxy.threads import in_thread

USER = "askwire-ready"
KEPT_S = 5.0
TIMEOUT_S = 5.0
# The upstream takes no log-ins now: too many connections, shutting down, host blocked or unknown, unreachable, lost,
# no greeting.
_NOT_READY = frozenset({1040, 1053, 1129, 1130, 1203, 2002, 2003, 2006, 2013})
# The database behind the gateway's own server has looked at the log-in.
_REFUSED = frozenset({1044, 1045, 1049, 1698})


class Readiness:
    """Asks the upstream at most once in ``KEPT_S`` seconds, however many want to know."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._asking = asyncio.Lock()
        self._fault = ""
        self._known_until = 0.0

    async def fault(self) -> str:
        """Why clients cannot work; empty when they can."""
        if self._hub.draining:
            return "The gateway is about to end"
        async with self._asking:
            if time.monotonic() >= self._known_until:
                self._fault = await self._look()
                self._known_until = time.monotonic() + KEPT_S
            return self._fault

    async def _look(self) -> str:
        try:
            async with asyncio.timeout(TIMEOUT_S + 1):
                return await in_thread(self._in_process if self._hub.server else self._mysql)
        except TimeoutError:
            return "The upstream does not answer"
        except Exception as error:  # it is no MySQL, or broke off
            return f"The upstream answers in an odd way ({type(error).__name__})"

    def _mysql(self) -> str:
        """A log-in that is refused in due form.

        A connection that just ends would count as an error of this host, and after max_connect_errors of those MySQL
        lets nobody in from here.
        """
        host, port = self._hub.settings.upstream_address
        try:
            pymysql.connect(
                host=host, port=port, user=USER, password="", connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S,
                write_timeout=TIMEOUT_S,
            ).close()  # fmt: skip
        except pymysql.MySQLError as error:
            number = error.args[0] if error.args else None
            if not isinstance(number, int):  # the driver's own: what came is no packet of the protocol
                raise
            return f"The upstream takes no log-ins (error {number})" if number in _NOT_READY else ""
        return ""

    def _in_process(self) -> str:
        """The same, at the database behind the gateway's own server; it is not asked about an empty password."""
        assert self._hub.server is not None
        try:
            self._hub.server.backend.connect(USER, password=USER).close()
        except UpstreamError as error:
            return "" if error.number in _REFUSED else f"The database: {error.message}"
        return ""
