"""Adds up what is seen on the wire; every few seconds it goes to the file, in a thread.

On the event loop a statement costs the time of ``fingerprint`` (some 20 microseconds); parsing waits for the thread.
"""

import asyncio
from collections.abc import Sequence

import structlog

from diagnose.statements import bare
from diagnose.workload.digest import Digests, fingerprint
from diagnose.workload.store import Key, Seen, Workload, bucket
from plugins import AskwireError, SeenStatement, Services
from plugins.types import Watching

log = structlog.get_logger("askwire.diagnose")

FLUSH_S = 10.0
# Fingerprints that wait for the file; more are not taken.
PENDING = 5_000
WORST_CHARS = 10_000
Raw = tuple[str, str, str, str]  # upstream, user, database, fingerprint


class Recorder:
    """One per gateway process. ``add`` is for the event loop."""

    def __init__(self, workload: Workload, services: Services, flush_s: float = FLUSH_S) -> None:
        self._workload = workload
        self._services = services
        self._flush_s = flush_s
        self._pending: dict[Raw, Seen] = {}
        self._digests = Digests()
        self._flushing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def add(self, statements: Sequence[SeenStatement]) -> None:
        """Count them; what is beyond the bound is left out."""
        for statement in statements:
            text = bare(statement.text)
            raw = (statement.upstream, statement.user, statement.database or "", fingerprint(text))
            seen = self._pending.get(raw)
            if seen is None:
                if len(self._pending) >= PENDING:
                    continue
                seen = self._pending[raw] = Seen(text)
            _count(seen, statement, text)
        if self._pending and self._task is None:
            self._task = asyncio.create_task(self._later())

    async def _later(self) -> None:
        try:
            await asyncio.sleep(self._flush_s)
            await self.flush()
        except AskwireError as error:
            log.warning("digests_not_kept", reason=error.message)
        finally:
            self._task = None

    async def told(self) -> None:
        """``flush`` with what was seen until now."""
        watching = self._services.get(Watching)
        if watching is not None:
            await watching.tell()
        await self.flush()

    async def flush(self) -> None:
        """Write what was counted. Raises KNOWLEDGE_UNAVAILABLE; it is lost then."""
        async with self._flushing:
            pending, self._pending = self._pending, {}
            if pending:
                await self._workload.add(await asyncio.to_thread(self._digested, pending))

    def _digested(self, pending: dict[Raw, Seen]) -> dict[Key, Seen]:
        found: dict[Key, Seen] = {}
        for (upstream, user, database, _), seen in pending.items():
            digest = self._digests.of(seen.text)
            seen.text = digest.text
            key = Key(upstream, user, database, digest.key)
            if key in found:
                _merge(found[key], seen)
            else:
                found[key] = seen
        return found

    async def close(self) -> None:
        """Write the rest."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.flush()
        except AskwireError as error:
            log.warning("digests_not_kept", reason=error.message)


def _count(seen: Seen, statement: SeenStatement, text: str) -> None:
    weight = statement.weight
    seen.count += weight
    seen.seconds += statement.seconds * weight
    seen.rows += (statement.rows or 0) * weight
    seen.errors += weight if statement.error is not None else 0
    seen.last_seen = max(seen.last_seen, statement.at)
    number = bucket(statement.seconds)
    seen.times[number] = seen.times.get(number, 0) + weight
    if statement.seconds > seen.worst_seconds:
        seen.worst_seconds, seen.worst_text = statement.seconds, text[:WORST_CHARS]


def _merge(into: Seen, other: Seen) -> None:
    into.count += other.count
    into.seconds += other.seconds
    into.rows += other.rows
    into.errors += other.errors
    into.last_seen = max(into.last_seen, other.last_seen)
    for number, count in other.times.items():
        into.times[number] = into.times.get(number, 0) + count
    if other.worst_seconds > into.worst_seconds:
        into.worst_seconds, into.worst_text = other.worst_seconds, other.worst_text
