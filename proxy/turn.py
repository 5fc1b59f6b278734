"""Whose turn it is at a session's upstream: the client's, or a coroutine's of the gateway, one at a time."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from plugins import AskwireError, ErrorCode, Stage, UpstreamError
from proxy.borrow import Borrowed
from proxy.borrowing import Borrowing
from proxy.respond import INTERRUPTED, Produce, Responder, describe
from proxy.telling import Telling
from proxy.wire.errors import ProtocolError

if TYPE_CHECKING:
    from proxy.relay import Relay

log = structlog.get_logger("askwire.session")


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway statement that is being answered."""

    name: str
    text: str
    since: float  # monotonic


class Turn:
    """Of one session. While it is ``taken``, what the client sends waits."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.task: asyncio.Task[None] | None = None  # what has the upstream
        self.borrowed: Borrowed | None = None  # the session, while something of the gateway has it
        self.running: Running | None = None
        self.telling: Telling | None = None  # of the gateway statement that runs
        self._responder: Responder | None = None
        self._interrupted = False

    @property
    def taken(self) -> bool:
        """A gateway statement or a change of user has the upstream."""
        return self.task is not None

    def begin(
        self,
        produce: Produce,
        *,
        name: str,
        binary: bool = False,
        keep_notes: bool = False,
        ahead: bytes = b"",
        telling: Telling | None = None,
    ) -> None:
        """Answer a gateway statement. ``ahead``: see ``Borrowed.acquire``."""
        self.telling = telling
        self.take(self._serve(produce, name, binary, keep_notes, ahead))

    def take(self, work: Coroutine[Any, Any, None], *, own: bool = True) -> None:
        """Let a coroutine have the upstream until it ends. ``own``: a KILL ends it; else the upstream hears of that."""
        self._relay.client_leg.fast = False
        self._interrupted = not own
        self.task = asyncio.get_running_loop().create_task(work)
        self.task.add_done_callback(self._ended)

    def borrow(self) -> Borrowed:
        """For a coroutine that ``take`` runs: the session, to be acquired."""
        self.borrowed = Borrowed(self._relay)
        return self.borrowed

    def lends_to(self, session: Borrowing) -> bool:
        """Whether the upstream is ``session``'s at this moment."""
        return self.borrowed is session

    def interrupt(self) -> bool:
        """End the gateway statement that runs. Returns whether there was one."""
        if self.task is None or self._interrupted or (self._responder is not None and self._responder.streaming):
            return False
        self._interrupted = True  # once: a second one would break off what keeps the session in step
        self.task.cancel()
        return True

    def cancel(self) -> None:
        """The session ends: nothing is waited for."""
        if self.task is not None:
            self.task.cancel()

    def upstream_lost(self) -> None:
        """Whoever has the upstream hears of it."""
        relay = self._relay
        if self.borrowed is None or relay.client.is_closing():
            return
        log.warning("upstream_lost", connection=relay.login.connection_id)
        relay.client.write(self.borrowed.lost())
        if self._responder is not None or relay.idle.lending:
            self.interrupt()  # it may wait for something else, such as a model

    async def _serve(self, produce: Produce, name: str, binary: bool, keep_notes: bool, ahead: bytes) -> None:
        session = self.borrow()
        responder = self._responder = Responder(self._relay, session, binary=binary, keep_notes=keep_notes)
        try:
            await session.acquire(ahead)
            answer = await produce(session)
            await session.settle()  # a handler may have given up a query by itself
            await responder.answer(answer)
        except asyncio.CancelledError:
            if self._relay.client_gone:
                self._tell_cancelled(responder)
            else:
                await self._failed(session, responder, INTERRUPTED)
        except Exception as error:
            if describe(error)[0] == ErrorCode.INTERNAL.number:
                log.exception("statement_failed", connection=self._relay.login.connection_id, statement=name)
            await self._failed(session, responder, error)

    async def _failed(self, session: Borrowed, responder: Responder, error: Exception) -> None:
        """Whatever was asked of the upstream is read to its end first."""
        # The KILL may have failed what the upstream ran, and reach us here: the client would never get an answer.
        self._interrupted = True
        stage = Stage.CANCELLED if error is INTERRUPTED else Stage.FAILED
        try:
            await session.settle()
        except (UpstreamError, ProtocolError) as failure:
            error = failure if error is INTERRUPTED else error
        if self.telling is not None:
            try:
                await self.telling.tell(stage, rows=responder.rows, error=describe(error))
            except AskwireError as refusal:
                error = refusal
        if responder.place is None:
            self._relay.client.close()
        else:
            responder.error(error)

    def _tell_cancelled(self, responder: Responder) -> None:
        """Nobody is left who waits for it."""
        if self.telling is not None:
            self.telling.told(Stage.CANCELLED, rows=responder.rows)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.task = self.borrowed = self._responder = self.running = self.telling = None
        if not task.cancelled() and task.exception() is not None:
            log.error("session_failed", connection=self._relay.login.connection_id, exc_info=task.exception())
            self._relay.client.close()
        self._relay.resume()
