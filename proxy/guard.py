"""The slow path of a session whose results a plugin changes: one command at a time, checked, and its reply followed.

The relay of all other sessions knows nothing of this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from plugins import AskwireError, UpstreamError
from plugins.transform import Checked, ResultTransform, SessionFacts
from proxy.followers import OnePacket, Prepare
from proxy.respond import describe
from proxy.wire import encode
from proxy.wire.commands import NO_REPLY, Com, Command
from proxy.wire.definitions import Definition
from proxy.wire.errors import ProtocolError
from proxy.wire.masking import MaskedFetch, MaskedReply, Masks, RowMask
from proxy.wire.packets import err_packet_payload
from proxy.wire.parameters import text_position

if TYPE_CHECKING:
    from proxy.borrow import Borrowed
    from proxy.relay import Relay

log = structlog.get_logger("askwire.session")
LAST_PREPARED = 0xFFFFFFFF
MAX_PREPARED = 4096
MAX_PREPARED_BYTES = 16 << 20
# Commands that read no rows, with a reply of one packet.
_ONE_PACKET = frozenset(
    {Com.INIT_DB, Com.STATISTICS, Com.PROCESS_KILL, Com.PING, Com.STMT_RESET, Com.SET_OPTION, Com.RESET_CONNECTION}
)
_SETTLES = frozenset({Com.INIT_DB, Com.RESET_CONNECTION, Com.SET_OPTION})
_EXECUTES = frozenset({Com.STMT_EXECUTE, Com.STMT_BULK_EXECUTE})


@dataclass(slots=True)
class _Prepared:
    text: bytes
    facts: SessionFacts  # a statement means for ever what it meant when it was prepared
    cursor: RowMask | None = None
    checked: Checked | None = None


class Guard:
    """Of one session. ``transform`` is the plugin's."""

    def __init__(self, relay: "Relay", transform: ResultTransform) -> None:
        self._relay = relay
        self.transform = transform
        self._prepared: dict[int, _Prepared] = {}
        self._last = 0
        self._modes: frozenset[str] | None = None  # None: they may be others now, and so the database
        self._left: Borrowed | None = None  # whose look at the session still holds

    def forget(self) -> None:
        """COM_CHANGE_USER and COM_RESET_CONNECTION: nothing of before holds."""
        self._prepared.clear()
        self._last = 0
        self.unsettle()

    def unsettle(self) -> None:
        """Something went up after which the session may be in another state."""
        self._modes = self._left = None

    # --- the client's commands ----------------------------------------------------------------------------------

    def on(self, command: Command) -> None:
        """A command of the client's that is not the gateway's to answer."""
        if command.code in NO_REPLY:
            if command.code == Com.STMT_CLOSE:
                self._prepared.pop(int.from_bytes(command.body[:4], "little"), None)
            self._relay.forward(command.raw)
        else:
            self._relay.turn.take(self._serve(command), own=False)

    async def _serve(self, command: Command) -> None:
        session = self._relay.turn.borrow()
        try:
            await self._answer(session, command)
        except ProtocolError as error:
            self._relay.out_of_step(error)
        except (AskwireError, UpstreamError) as error:
            if not self._relay.upstream.is_closing():  # else the session ends
                self._refuse(session, error)
        except Exception:
            # Whatever went wrong, nothing that was not looked at has gone down; what went up is in doubt.
            log.exception("masking_failed", connection=self._relay.login.connection_id)
            self._relay.upstream.abort()

    def _refuse(self, session: "Borrowed", error: Exception) -> None:
        number, sqlstate, message = describe(error)
        self._relay.client.write(encode.error(1, number, sqlstate, message, session.results_charset))

    async def _answer(self, session: "Borrowed", command: Command) -> None:
        code = command.code
        if code == Com.QUERY:
            await self._query(session, command)
        elif code == Com.STMT_PREPARE:
            await self._prepare(session, command)
        elif code in _EXECUTES:
            await self._execute(session, command)
        elif code == Com.STMT_FETCH:
            await self._fetch(session, command)
        elif code in _ONE_PACKET or code == Com.FIELD_LIST:
            await self._resume(session)
            if code in _SETTLES:
                self.unsettle()
            await self._pass(session, command.raw, OnePacket(fields=code == Com.FIELD_LIST))
        else:
            self._refuse(session, UpstreamError(1047, "08S01", "Unknown command"))

    async def _query(self, session: "Borrowed", command: Command) -> None:
        text = command.body[text_position(command.body, self._relay.dialect.query_attributes) :]
        checked = await self.check(session, text)
        if checked.settles:
            self.unsettle()
        await self._pass(session, command.raw, self.reply(session, checked))

    async def _prepare(self, session: "Borrowed", command: Command) -> None:
        self._last = 0
        await self.check(session, command.body)
        facts = session.selected(self._modes or frozenset())
        held = sum(len(prepared.text) for prepared in self._prepared.values())
        if len(self._prepared) >= MAX_PREPARED or held + len(command.body) > MAX_PREPARED_BYTES:
            raise UpstreamError(1461, "42000", "Can't create more prepared statements where columns are masked")
        follower = Prepare(self._relay.dialect)
        await self._pass(session, command.raw, follower)
        if follower.reply.error is None:
            self._last = follower.reply.statement_id
            self._prepared[self._last] = _Prepared(command.body, facts)

    def _known(self, command: Command) -> _Prepared:
        number = int.from_bytes(command.body[:4], "little")
        known = self._prepared.get(self._last if number == LAST_PREPARED else number)
        if known is None:
            raise UpstreamError(1243, "HY000", f"Unknown prepared statement handler ({number}) given to execute")
        return known

    async def _execute(self, session: "Borrowed", command: Command) -> None:
        known = self._known(command)
        known.cursor = None
        known.checked = checked = await self.check(session, known.text, known.facts)
        if checked.settles:
            self.unsettle()
        follower = self.reply(session, checked, binary=True)
        await self._pass(session, command.raw, follower)
        known.cursor = follower.cursor

    async def _fetch(self, session: "Borrowed", command: Command) -> None:
        known = self._known(command)
        if known.cursor is None or known.checked is None:
            raise UpstreamError(1421, "HY000", "The statement has no open cursor")
        await self._resume(session)
        await self._pass(
            session, command.raw, MaskedFetch(self._relay.dialect, known.cursor, message=known.checked.message)
        )

    async def _pass(self, session: "Borrowed", raw: bytes, follower: "Taking") -> None:
        """Send it up, and what the follower makes of the reply down, as it comes."""

        def sink(_frames: list[bytes]) -> None:
            if data := follower.take():
                self._relay.client.write(data)

        await session.exchange((raw, follower), sink=sink)

    # --- for the gateway's own statements too -------------------------------------------------------------------

    async def check(self, session: "Borrowed", text: bytes, prepared: SessionFacts | None = None) -> Checked:
        """``prepared``: what held when it was prepared. Raises ``AskwireError`` and ``UpstreamError``."""
        await self._resume(session)
        if self._modes is None:
            rows = (await session.unchanged("SELECT CAST(@@sql_mode AS BINARY) LIMIT 1")).rows
            value = rows[0][0] if rows else None
            said = value.decode("ascii", "replace") if isinstance(value, bytes) else value or ""
            self._modes = frozenset(said.upper().split(","))
        self._left = session
        facts = session.selected(self._modes)
        if prepared is not None:
            facts = replace(prepared, epoch=facts.epoch, query=facts.query)
        return await self.transform.check(text, facts)

    async def _resume(self, session: "Borrowed") -> None:
        if session.acquired:
            return
        if self._left is None:
            await session.acquire()
        else:
            session.resume(self._left)

    def reply(self, session: "Borrowed", checked: Checked, *, binary: bool = False) -> MaskedReply:
        """Follows the reply to a text that was checked."""

        def choose(number: int, columns: Sequence[Definition]) -> Masks | bytes:
            try:
                if number >= len(checked.plans):
                    raise UpstreamError(1835, "HY000", "More results came than statements were checked")
                plan = checked.plans[number]
                return [None] * len(columns) if plan is None else plan.masks(columns)
            except Exception as error:
                if not isinstance(error, AskwireError | UpstreamError):
                    log.exception("masking_failed", connection=session.id)
                return err_packet_payload(*describe(error), session.results_charset.codec)

        return MaskedReply(
            self._relay.dialect, choose, binary=binary, message=checked.message, results=session.results_charset.codec
        )


Taking = OnePacket | Prepare | MaskedReply | MaskedFetch
