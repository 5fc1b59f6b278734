"""Lends a session to plugins while its client is silent; what the client sends next ends it."""

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

import structlog

from plugins import AskwireError, UpstreamError
from proxy.borrow import Borrowed
from proxy.wire.commands import Com
from proxy.wire.ends import IN_TRANSACTION
from proxy.wire.errors import ProtocolError

if TYPE_CHECKING:
    from proxy.relay import Relay

log = structlog.get_logger("askwire.session")

# How long a client must be silent.
SILENT_S = 0.2
SILENT_BEFORE_DIAGNOSIS_S = 1.0
# Where it is silent but would notice, it is looked at again: so much later, so often.
AGAIN_S, TRIES = 5.0, 12
# Borrowing changes what FOUND_ROWS() and ROW_COUNT() say: only after plain reads, whose client has its rows, and after
# the end of a transaction.
_READS = re.compile(rb"[\s(]*+(?:SELECT|WITH|SHOW|EXPLAIN|DESC|DESCRIBE|COMMIT|ROLLBACK)\b", re.I)
# What begins so and is no plain read: WITH … UPDATE, SELECT … INTO, another statement behind it.
_COUNTS = re.compile(rb"\b(?:SQL_CALC_FOUND_ROWS|INTO|UPDATE|DELETE)\b|;(?!\s*+\Z)", re.I)


class Idle:
    """Of one session."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self._selected = self._diagnose = False  # what plugins get the session for
        self._tries = 0  # so many more looks at whether it can be lent for a diagnosis
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        self.lending = False

    def database_selected(self) -> None:
        """Plugins get the session for a moment."""
        if self._relay.hub.prepares:
            self._selected = True
            self._wait(SILENT_S)

    def offer_to_diagnose(self) -> None:
        """A plugin has asked for the session."""
        self._tries = TRIES
        self._wait(SILENT_BEFORE_DIAGNOSIS_S)

    def end(self) -> None:
        """The client has said its last: the upstream goes next, and would be missed by whoever has it then."""
        self._over = True
        self._stop()

    def client_spoke(self) -> None:
        """The client sent something while a task has the upstream: one that only prepares makes way."""
        if self.lending:
            self._relay.turn.interrupt()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        self._stop()
        if self._over:
            return
        self._timer = asyncio.get_running_loop().call_later(seconds, self._lend)

    def _lend(self) -> None:
        self._timer = None
        if self._relay.busy or not self._relay.between_commands:
            self._wait(SILENT_S)
            return
        self._diagnose = self._tries > 0 and self.unnoticed()
        if self._selected or self._diagnose:
            self.lending = True
            self._relay.turn.take(self._borrow())
        elif self._tries:
            self._tries -= 1
            self._wait(AGAIN_S)

    def unnoticed(self) -> bool:
        """Whether the client can see nothing of it that it did not see before."""
        observer = self._relay.observer
        settled = None if observer is None else observer.settled
        if observer is None or settled is None or settled.statement is not observer.current:
            return False
        command = settled.statement.command
        if settled.status & IN_TRANSACTION or settled.warnings or settled.statement.failed:
            return False
        at = 5 + 2 * self._relay.dialect.query_attributes
        return command[4] == Com.QUERY and bool(_READS.match(command, at)) and not _COUNTS.search(command, at)

    async def _borrow(self) -> None:
        """No one sees how it ends, and the client's next command ends it."""
        session = self._relay.turn.borrow()
        try:
            await session.acquire()
            await self._use(session)
        except asyncio.CancelledError:
            if self._relay.client_gone:
                raise
        except (UpstreamError, ProtocolError, AskwireError) as error:
            log.debug("preparing_failed", connection=session.id, error=str(error))
        with contextlib.suppress(UpstreamError, ProtocolError):
            await session.settle()

    async def _use(self, session: Borrowed) -> None:
        selected, diagnose = self._selected, self._diagnose
        self._selected = self._diagnose = False
        self._tries = 0 if diagnose else self._tries
        plugins = self._relay.hub.plugins
        if selected:
            await plugins.database_selected(session)
        if diagnose and not session.in_transaction:
            await plugins.session_idle(session)
