"""What each watched command of a client means to the gateway."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from plugins import Answer, Done, Session
from plugins.types import Statement
from proxy import routing
from proxy.borrow import Borrowed
from proxy.change_user import change_user
from proxy.coaching import SHOW_WARNINGS, coachable, coached, note, show_warnings, warnings
from proxy.prepared import LAST_PREPARED, PreparedStatements
from proxy.routing import Route, Seen
from proxy.telling import Telling
from proxy.wire import encode
from proxy.wire.commands import WATCHED, WATCHED_STATEMENTS, Com, Command
from proxy.wire.errors import ProtocolError
from proxy.wire.parameters import text_position

if TYPE_CHECKING:
    from proxy.relay import Relay


class Commands:
    """Dispatches the commands of one session."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self._prepared = PreparedStatements()
        self._schema_changing = False
        self._handlers: dict[int, Callable[[Command], None]] = {
            Com.QUIT: self._quit,
            Com.QUERY: self._query,
            Com.INIT_DB: self._init_db,
            Com.CHANGE_USER: self._change_user,
            Com.RESET_CONNECTION: self._reset,
            Com.STMT_PREPARE: self._prepare,
            Com.STMT_EXECUTE: self._execute,
            Com.STMT_SEND_LONG_DATA: self._long_data,
            Com.STMT_CLOSE: self._close_statement,
            Com.STMT_RESET: self._reset_statement,
            Com.STMT_FETCH: self._fetch,
        }

    @property
    def watched(self) -> frozenset[int]:
        """Command bytes that leave the fast path; those of prepared statements only while the gateway has some."""
        return WATCHED_STATEMENTS if self._prepared else WATCHED

    @property
    def expects(self) -> bool:
        """The next command needs a look whatever it is."""
        return self._relay.notes is not None or self._schema_changing

    def on(self, command: Command) -> None:
        """One whole watched command, in order."""
        if self._schema_changing:  # the DDL before may not have been over when a catalog was read after it
            self._schema_changing = False
            self._relay.hub.schema_changed()
        try:
            self._handlers.get(command.code, self._forward)(command)
        except ProtocolError as error:
            self._relay.refuse(error)

    def _forward(self, command: Command, *, aside: bool = False, selects: bytes | None = None) -> None:
        """``aside``: it is no statement of the client's own. ``selects``: the database that it selects."""
        self._relay.notes = None
        if self._relay.guard is not None:
            self._relay.guard.on(command)
            return
        observer = self._relay.observer
        if observer is not None:
            if aside or selects is not None:
                observer.aside(command.raw, selects)
            elif command.code == Com.QUERY:
                observer.statement(command.raw)
            else:
                observer.other(command.raw)
        self._relay.forward(command.raw)

    def _quit(self, command: Command) -> None:
        self._relay.idle.end()
        self._forward(command)

    # --- COM_QUERY --------------------------------------------------------------------------------------------

    def _query(self, command: Command) -> None:
        relay = self._relay
        at = text_position(command.body, relay.dialect.query_attributes)
        raw = command.body[at:]
        if not relay.hub.router.may_take(raw, 0):
            self._forward(command)
            return
        text = raw.decode("utf-8", "surrogateescape")
        if relay.notes is not None and routing.WARNINGS.match(text):
            self._show_warnings(text)
        elif failed := coachable(relay, text):
            ask = command.raw + show_warnings(relay.dialect.query_attributes)
            relay.turn.begin(coached(relay, failed, text), name=SHOW_WARNINGS, keep_notes=True, ahead=ask)
        elif route := relay.hub.router.find(text):
            self._serve(route.statement, route.text)
        elif (match := routing.KILL.match(text)) and relay.hub.may_answer(int(match[2])):
            self._kill(text, int(match[2]))
        else:
            self._note(text)
            used = routing.USE.match(raw)
            selects = (used["quoted"] or used["plain"]) if used else None
            self._forward(command, aside=routing.WARNINGS.match(text) is not None, selects=selects)

    def _serve(self, statement: Statement, text: str) -> None:
        async def produce(session: Borrowed) -> Answer:
            return await self._relay.hub.handle(statement, session, _in_charset(text, session))

        self._relay.turn.begin(produce, name=statement.name, telling=self._telling(statement, text))

    def _telling(self, statement: Statement, text: str) -> Telling | None:
        hub = self._relay.hub
        return Telling(self._relay, statement.name, text) if hub.plugins.accounting else None

    def _show_warnings(self, text: str) -> None:
        notes = self._relay.notes or ()

        async def produce(_session: Borrowed) -> Answer:
            return warnings(notes, text)

        self._relay.turn.begin(produce, name=SHOW_WARNINGS, keep_notes=True)

    def _kill(self, text: str, connection_id: int) -> None:
        """KILL of a session that is busy with a gateway statement: the upstream decides whether it is allowed."""
        hub = self._relay.hub

        async def produce(session: Borrowed) -> Answer:
            await session.query(text)
            hub.interrupt(connection_id)
            return Done()

        self._relay.turn.begin(produce, name="kill")

    def _note(self, text: str) -> None:
        kind = routing.seen(text)
        if kind is Seen.USE:
            self._relay.idle.database_selected()
        elif kind is Seen.SCHEMA:
            self._schema_changing = True
            self._relay.hub.schema_changed()

    def _init_db(self, command: Command) -> None:
        self._forward(command, selects=command.body)
        self._relay.idle.database_selected()

    # --- log-in -----------------------------------------------------------------------------------------------

    def _change_user(self, command: Command) -> None:
        self._forget()
        self._relay.turn.take(change_user(self._relay, command))

    def _reset(self, command: Command) -> None:
        self._forget()
        self._forward(command)

    def _forget(self) -> None:
        self._prepared.clear()
        self._relay.state.clear()
        self._relay.notes = None
        if self._relay.guard is not None:
            self._relay.guard.forget()
        if self._relay.observer is not None:
            self._relay.observer.forget()

    # --- prepared statements ----------------------------------------------------------------------------------

    def _prepare(self, command: Command) -> None:
        relay, raw = self._relay, command.body
        text = raw.decode("utf-8", "surrogateescape") if relay.hub.router.may_take(raw, 0) else ""
        route = relay.hub.router.find(text) if text else None
        failed = coachable(relay, text) if text and relay.notes is None else None
        if failed or (relay.notes is not None and routing.WARNINGS.match(text)):
            route = Route(Statement(SHOW_WARNINGS, self._handle_warnings), text)
        if route is None:
            self._prepared.last = None
            self._note(text)
            self._forward(command)
            return

        async def produce(session: Borrowed) -> bytes:
            if failed is not None:
                await note(relay, failed, session)
            prepared = self._prepared.add(Route(route.statement, _in_charset(route.text, session)))
            return encode.prepare_ok(prepared.id, len(prepared.positions), relay.dialect, session.status)

        ask = 2 * show_warnings(relay.dialect.query_attributes) if failed else b""
        relay.turn.begin(produce, name="prepare", keep_notes=True, ahead=ask)

    async def _handle_warnings(self, _session: Session, text: str) -> Answer:
        """SHOW WARNINGS that was prepared after a gateway statement, by drivers that prepare everything."""
        return warnings(self._relay.notes or (), text)

    def _execute(self, command: Command) -> None:
        prepared = self._prepared.get(int.from_bytes(command.body[:4], "little"))
        if prepared is None:
            self._forward(command)
            return

        async def produce(session: Borrowed) -> Answer:
            text = prepared.text(command.body, self._relay.dialect.query_attributes, session.client_charset.codec)
            return await self._relay.hub.handle(prepared.route.statement, session, text)

        name, warnings_only = prepared.route.statement.name, prepared.route.statement.name == SHOW_WARNINGS
        telling = None if warnings_only else self._telling(prepared.route.statement, prepared.route.text)
        self._relay.turn.begin(produce, name=name, binary=True, keep_notes=warnings_only, telling=telling)

    def _long_data(self, command: Command) -> None:
        prepared = self._prepared.get(int.from_bytes(command.body[:4], "little"))
        if prepared is None:
            self._forward(command)
        else:
            self._prepared.append_long_data(prepared, int.from_bytes(command.body[4:6], "little"), command.body[6:])

    def _close_statement(self, command: Command) -> None:
        statement = int.from_bytes(command.body[:4], "little")
        if statement != LAST_PREPARED and self._prepared.get(statement) is not None:
            self._prepared.close(statement)
        else:
            self._forward(command)

    def _reset_statement(self, command: Command) -> None:
        prepared = self._prepared.get(int.from_bytes(command.body[:4], "little"))
        if prepared is None:
            self._forward(command)
            return
        prepared.reset()

        async def produce(session: Borrowed) -> bytes:
            return encode.ok(1, session.status)

        self._relay.turn.begin(produce, name="reset statement", keep_notes=True)

    def _fetch(self, command: Command) -> None:
        """A gateway statement never opens a cursor, so there is nothing to fetch."""
        prepared = self._prepared.get(int.from_bytes(command.body[:4], "little"))
        if prepared is None:
            self._forward(command)
            return

        async def produce(session: Borrowed) -> bytes:
            return encode.error(1, 1421, "HY000", "The statement has no open cursor", session.results_charset)

        self._relay.turn.begin(produce, name="fetch")


def _in_charset(text: str, session: Borrowed) -> str:
    """``text`` was decoded as UTF-8 to be recognised; the session's character set is known once it is borrowed."""
    return text.encode("utf-8", "surrogateescape").decode(session.client_charset.codec, "replace")
