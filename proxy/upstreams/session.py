"""One client's session with the gateway's own server: log-in, then one command after the other, in a thread."""

import socket
import time
from typing import TYPE_CHECKING

import structlog

from plugins import UpstreamError
from proxy.upstreams.channel import Channel
from proxy.upstreams.commands import Commands
from proxy.upstreams.executor import Executor
from proxy.upstreams.metadata import Process, SessionView, Variables
from proxy.upstreams.metadata.charsets import collation_numbered
from proxy.upstreams.version import SERVER_VERSION
from proxy.wire import encode
from proxy.wire.commands import Com
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import err_packet_payload, packet
from proxy.wire.server_login import Credentials, ServerLogin

if TYPE_CHECKING:
    from proxy.upstreams.server import Server

log = structlog.get_logger("askwire.server")
# A statement that is still being translated has nothing in the database to stop, so that it is tried again.
CANCEL_PAUSES_S = (0.01, 0.05, 0.2, 0.5, 1.0)


class ServerSession:
    """``run`` is the thread's; ``kill`` may be called from any."""

    def __init__(self, server: "Server", connection: socket.socket, number: int, host: str, *, local: bool) -> None:
        self.id = number
        self.user = ""  # once logged in
        self.host = host
        self._server = server
        self._local = local
        self._socket = connection
        self._channel = Channel(connection)
        self._login = ServerLogin(number, SERVER_VERSION, server.login_plugin)
        self._commands: Commands | None = None  # once logged in
        self.busy = False  # a command runs
        self.killed = False  # ends after the command that runs

    # --- the thread ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the client ends, is killed, or is refused."""
        try:
            self._channel.write(packet(0, self._login.greeting()))
            if self._log_in():
                while not self.killed and self._one_command():
                    pass
        except ProtocolError as error:
            self._channel.write(encode.error(1, error.number, error.sqlstate, error.message))
        except OSError as error:
            log.debug("client_gone", connection=self.id, error=str(error))

    def close(self) -> None:
        """The thread is over."""
        if self._commands is not None:
            self._commands.executor.close()
        self._channel.close()

    def kill(self, *, connection: bool) -> None:
        """Stop the command that runs, and with ``connection`` the session. Waits a moment for its end."""
        if connection:
            self.killed = True
            # The thread may wait in a read or a write; both end with this.
            self._shut()
        for pause in CANCEL_PAUSES_S:
            if not self.busy or self._commands is None:
                return
            self._commands.executor.cancel()
            time.sleep(pause)

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            log.debug("already_closed", connection=self.id, error=str(error))

    # --- log-in -------------------------------------------------------------------------------------------------

    def _log_in(self, change_user: bytes | None = None) -> bool:
        """Whether the client is logged in; if not, it was told, and nothing that it sends is read any more."""
        sequence = 0
        try:
            step = None if change_user is None else self._login.change_user(change_user)
            while not isinstance(step, Credentials):
                if step is not None:
                    self._channel.write(packet(sequence + 1, step.payload))
                found = self._channel.read()
                if found is None:
                    return False
                sequence, payload = found
                step = self._login.receive(payload)
            self._enter(step)
        except (ProtocolError, UpstreamError) as error:
            self._channel.write(packet(sequence + 1, err_packet_payload(error.number, error.sqlstate, error.message)))
            return False
        self._channel.write(encode.ok(sequence + 1, self._entered.executor.status))
        return True

    def _enter(self, credentials: Credentials) -> None:
        connection = self._server.accounts.open(credentials, self.host, local=self._local)
        connection.set_time_zone("UTC")
        view = self._view(credentials)
        executor = Executor(self._server, connection, view)
        try:
            executor.use(credentials.database or self._server.backend.default_schema)
        except UpstreamError:  # the default one may have been dropped, or be another's
            if credentials.database:
                executor.close()
                raise
        before = self._commands
        self._commands = Commands(self._server, self._channel, self._login, executor, view)
        if before is not None:
            before.executor.close()
        self.user = credentials.user  # from now on the server lists it

    def _view(self, credentials: Credentials) -> SessionView:
        view = SessionView(
            user=credentials.user,
            host=self.host,
            connection_id=self.id,
            processes=self._processes,
            status=self._server.counters,
            variables=Variables({"time_zone": "+00:00"}),
        )
        collation = None if credentials.charset is None else collation_numbered(credentials.charset)
        if collation is not None:
            view.variables.set_names(collation.character_set, collation.name)
        return view

    def _processes(self) -> list[Process]:
        """As for an account without PROCESS: one's own."""
        return [session.process() for session in self._server.sessions() if session.user == self.user]

    def process(self) -> Process:
        """A row of SHOW PROCESSLIST; any thread may ask."""
        commands = self._entered
        statement, since = commands.statement, commands.since
        return Process(
            id=self.id,
            user=self.user,
            host=self.host,
            database=commands.executor.database,
            command="Sleep" if statement is None else "Query",
            seconds=round(time.monotonic() - since),
            state="" if statement is None else "executing",
            statement=statement,
        )

    # --- commands -----------------------------------------------------------------------------------------------

    def _one_command(self) -> bool:
        found = self._channel.read()
        if found is None:
            return False
        sequence, payload = found
        if sequence >= 1 and len(payload) < 0xFFFFFF:
            raise ProtocolError(1156, "08S01", "Got packets out of order")
        code = payload[0] if payload else -1
        if code == Com.QUIT:
            return False
        if code == Com.CHANGE_USER:
            return self._log_in(payload)
        if code in (Com.STMT_CLOSE, Com.STMT_SEND_LONG_DATA):  # no reply
            self._entered.prepared.silent(code, payload[1:])
            return True
        self.busy = True
        # ``killed`` is looked at after ``busy`` was set: ``kill`` does both the other way round.
        goes_on = not self.killed and self._entered.answer(code, payload[1:])
        self.busy = False
        return goes_on

    @property
    def _entered(self) -> Commands:
        """Of a client that is logged in."""
        assert self._commands is not None
        return self._commands
