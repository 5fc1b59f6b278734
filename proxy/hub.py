"""What the sessions of one gateway process share."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from conf.settings import Settings
from plugins import Answer, AskwireError, Plugins, Stage, Statement, StatusItem, hookimpl
from plugins.transform import PromptShield
from proxy import metrics
from proxy.borrow import Borrowed
from proxy.observed import Waiting
from proxy.relay import Relay
from proxy.routing import Router
from proxy.tls import RsaKey
from proxy.turn import Running
from proxy.wire.login import LoginPolicy
from proxy.workers import Siblings

if TYPE_CHECKING:
    from proxy.upstreams.server import Server


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A client logged in."""

    connection_id: int
    user: str
    database: str | None
    peer: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    connection_id: int


@dataclass(frozen=True, slots=True)
class StatementAnswered:
    """A gateway statement got its answer, or an error. The relay of the rows may still go on."""

    connection_id: int
    name: str
    text: str
    seconds: float
    error: Exception | None


Event = SessionOpened | SessionClosed | StatementAnswered
Listener = Callable[[Event], None]


@dataclass(eq=False)
class Hub:
    """One per gateway."""

    plugin_name: ClassVar = "gateway"

    settings: Settings
    rsa: RsaKey
    client_tls: ssl.SSLContext | None
    upstream_tls: ssl.SSLContext | None
    listener: Listener | None = None
    siblings: Siblings | None = None
    server: "Server | None" = None  # the gateway's own, where the upstream does not speak MySQL
    plugins: Plugins = field(init=False)  # the hub itself is one of them
    shield: PromptShield | None = None  # a plugin's, for prompts to models elsewhere
    router: Router = field(init=False)  # from the plugins' statements
    waiting: Waiting = field(default_factory=Waiting)  # statements that were relayed, to be looked at
    schema_epoch: int = 0
    sessions: dict[int, Relay] = field(default_factory=dict)
    entries: int = 0  # connections that are logging in
    started: float = field(default_factory=time.time)
    draining: bool = False
    tellings: set[asyncio.Task[AskwireError | None]] = field(default_factory=set)  # under way (telling.py)

    @property
    def login_policy(self) -> LoginPolicy:
        return LoginPolicy(self.settings.tls.client, self.settings.tls.upstream, in_process=self.server is not None)

    @property
    def prepares(self) -> bool:
        """Whether plugins want to see a session that selected a database."""
        return self.settings.model.name != "none" and self.settings.ask.warm

    @property
    def coaches(self) -> bool:
        """Whether plugins may add to SHOW WARNINGS after a statement that failed."""
        return self.settings.diagnose.coach and self.plugins.coach

    @property
    def connections(self) -> int:
        return len(self.sessions) + self.entries

    def opened(self, relay: Relay) -> None:
        self.sessions[relay.login.connection_id] = relay
        metrics.CONNECTIONS.labels("opened").inc()
        metrics.SESSIONS.inc()
        login = relay.login
        user = login.user.decode("utf-8", "replace")
        database = login.database.decode("utf-8", "replace") if login.database else None
        self._tell(SessionOpened(login.connection_id, user, database, relay.peer))

    def closed(self, relay: Relay) -> None:
        # After a restart of the upstream another session may carry the same id.
        if self.sessions.get(relay.login.connection_id) is relay:
            del self.sessions[relay.login.connection_id]
        metrics.SESSIONS.dec()
        if self.server is not None:
            self.server.gone(relay.login.connection_id)
        self._tell(SessionClosed(relay.login.connection_id))

    def schema_changed(self) -> None:
        """DDL or a GRANT was seen on the wire."""
        self.schema_epoch += 1

    def may_answer(self, connection_id: int) -> bool:
        """Whether that session may be busy with a gateway statement; of other processes' sessions nothing is known."""
        relay = self.sessions.get(connection_id)
        return relay.busy if relay is not None else self.siblings is not None

    def interrupt(self, connection_id: int) -> None:
        """KILL of a session that answers a gateway statement; the upstream allowed it."""
        self.interrupt_here(connection_id)
        if self.siblings is not None and connection_id not in self.sessions:
            self.siblings.kill(connection_id)

    def killed_elsewhere(self, connection_id: int, user: str, connection: bool) -> None:
        """Another worker's client killed a session that may be here; with ``user``, one of the gateway's own server."""
        if self.server is not None and user:
            self.server.killed(connection_id, user, connection=connection)
        else:
            self.interrupt_here(connection_id)

    def interrupt_here(self, connection_id: int) -> None:
        """The same, for a session of this process."""
        relay = self.sessions.get(connection_id)
        if relay is not None:
            relay.turn.interrupt()

    async def handle(self, statement: Statement, session: Borrowed, text: str) -> Answer:
        """Call a statement's handler and tell how it went."""
        started = time.monotonic()
        failure: BaseException | None = None
        relay = self.sessions.get(session.id)
        if relay is not None:
            relay.turn.running = Running(statement.name, text, started)
        metrics.RUNNING.inc()
        try:
            if session.telling is not None:
                session.telling.text = text
                await session.telling.tell(Stage.ASKED)
            answer = await statement.handle(session, text)
            if self.plugins.annotates and (added := await self.plugins.notes(session, statement, text, answer)):
                answer = replace(answer, notes=(*answer.notes, *added))
            return answer
        except BaseException as error:
            failure = error
            raise
        finally:
            seconds = time.monotonic() - started
            metrics.RUNNING.dec()
            metrics.STATEMENTS.labels(statement.name, metrics.outcome_of(failure)).inc()
            metrics.SECONDS.labels(statement.name).observe(seconds)
            said = failure if isinstance(failure, Exception) else None
            self._tell(StatementAnswered(session.id, statement.name, text, seconds, said))

    def _tell(self, event: Event) -> None:
        if self.listener is not None:
            self.listener(event)

    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        """The gateway's own rows of SHOW AI STATUS."""
        return [
            StatusItem("gateway.upstream", self.settings.upstream_name),
            StatusItem("gateway.uptime_s", str(round(time.time() - self.started))),
            StatusItem("gateway.sessions", str(len(self.sessions))),
            StatusItem("gateway.statements_running", str(sum(relay.busy for relay in self.sessions.values()))),
            StatusItem("gateway.schema_epoch", str(self.schema_epoch)),
        ]
