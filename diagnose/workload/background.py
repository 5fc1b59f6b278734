"""Diagnoses slow statements on the idle sessions that sent them: with their rights, no account of the gateway's."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from conf.diagnose import DiagnoseSettings
from diagnose.report import finding_document
from diagnose.statements import bare
from diagnose.types import Diagnosis
from diagnose.workload.digest import Digests
from diagnose.workload.recorder import Recorder
from diagnose.workload.store import Key, Workload
from plugins import AskwireError, SeenStatement, Session, UpstreamError

log = structlog.get_logger("askwire.diagnose")

Diagnose = Callable[[Session, SeenStatement], Awaitable[Diagnosis]]
# Seconds that a diagnosis counts for.
FRESH_S = 24 * 3600.0
# What may be spent at once, in seconds.
BURST_S = 10.0
WAITING = 256


@dataclass(frozen=True, slots=True)
class _Wanted:
    statement: SeenStatement
    digest: str


class Background:
    """One per gateway process. Its time is at most ``background_share`` of the time that passes."""

    def __init__(
        self, settings: DiagnoseSettings, workload: Workload, recorder: Recorder, diagnose: Diagnose,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._workload = workload
        self._recorder = recorder
        self._diagnose = diagnose
        self._clock = clock
        self._digests = Digests()
        self._budget, self._counted = BURST_S, clock()
        self._wanted: OrderedDict[int, _Wanted] = OrderedDict()
        self._done: OrderedDict[tuple[str, str, str | None, str], float] = OrderedDict()

    def seen(self, statements: Sequence[SeenStatement]) -> list[int]:
        """The sessions whose slow statements are to be diagnosed when they are idle."""
        if not self._settings.slow_s or not self._settings.background_share or self.left <= 0:
            return []
        found = []
        for statement in statements:
            if statement.seconds < self._settings.slow_s or statement.error is not None or statement.truncated:
                continue
            digest = self._digests.of(bare(statement.text)).key
            at = self._done.get((statement.upstream, statement.user, statement.database, digest))
            if at is None or at < statement.at - FRESH_S:
                self._wanted[statement.session] = _Wanted(statement, digest)
                found.append(statement.session)
        while len(self._wanted) > WAITING:
            self._wanted.popitem(last=False)
        return found

    @property
    def left(self) -> float:
        """Seconds that may be spent now."""
        now = self._clock()
        self._budget = min(BURST_S, self._budget + (now - self._counted) * self._settings.background_share)
        self._counted = now
        return self._budget

    async def idle(self, session: Session) -> None:
        """Diagnose what this session sent; cancelled as soon as its client sends something."""
        wanted = self._wanted.pop(session.id, None)
        if wanted is None or self.left <= 0 or session.user != wanted.statement.user:
            return
        statement = wanted.statement
        key = Key(statement.upstream, statement.user, statement.database or "", wanted.digest)
        started = self._clock()
        try:
            await self._recorder.flush()
            if await self._workload.diagnosed_since(key, statement.at - FRESH_S):
                self._remember(wanted)
                return
            diagnosis = await self._diagnose(session, statement)
            documents = [finding_document(finding) for finding in diagnosis.findings]
            await self._workload.diagnosed(key, session.account, time.time(), statement.text, documents)
            self._remember(wanted)
        except (AskwireError, UpstreamError) as error:
            self._remember(wanted)  # it would fail again
            log.info("not_diagnosed", digest=wanted.digest, reason=str(error))
        finally:
            self._budget -= self._clock() - started

    def _remember(self, wanted: _Wanted) -> None:
        statement = wanted.statement
        self._done[statement.upstream, statement.user, statement.database, wanted.digest] = statement.at
        while len(self._done) > self._settings.digests:
            self._done.popitem(last=False)
