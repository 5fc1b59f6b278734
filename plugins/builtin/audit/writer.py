"""Takes events from the event loop and has them written in a thread; what cannot be written is refused, or counted."""

import asyncio
import errno
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from conf.audit import AuditSettings
from conf.metrics import REGISTRY
from plugins.answered import AnsweredStatement, Stage
from plugins.builtin.audit.chain import Hasher
from plugins.builtin.audit.files import ChainFiles, Record, now
from plugins.builtin.audit.record import as_record
from plugins.errors import AskwireError, ErrorCode

log = structlog.get_logger("askwire.audit")
# Longer than any disk takes that works: then the statement is refused, or goes on, though its line may still come.
WAIT_S = 10.0
BATCH = 64  # lines that are written, and brought to the disk, together
RETRY_S = 0.5  # between attempts to write a gap while nothing else is to be written
WRITTEN = Counter("askwire_audit_lines", "Lines of the audit log that were written", registry=REGISTRY)
UNWRITTEN = Counter(
    "askwire_audit_unwritten", "Lines that could not be: refused (the statement too), or a gap (it went on)",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
Done = asyncio.Future[BaseException | None]


@dataclass(slots=True)
class _Gap:
    """What has not been written since the last line."""

    lines: int = 0
    statements: int = 0
    since: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    event: AnsweredStatement
    done: Done


class Writer:
    """The audit log of one gateway."""

    def __init__(self, settings: AuditSettings) -> None:
        assert settings.path is not None
        self.root = settings.path.absolute()
        self._refuses = settings.when_full == "refuse"
        hasher = Hasher(settings.key.get_secret_value())
        self._files = ChainFiles(self.root, hasher, settings.max_file_bytes, settings.fsync)
        self._queue: queue.Queue[_Item | None] = queue.Queue(settings.queue_size)
        self._gap = _Gap()
        self._gap_lock = threading.Lock()
        self._failing = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="askwire-audit", daemon=True)
        self.lines = self.unwritten = 0

    @property
    def chain(self) -> str:
        return self._files.name

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        for outcome in ("refused", "gap"):
            UNWRITTEN.labels(outcome)
        self._thread.start()

    async def write(self, event: AnsweredStatement) -> None:
        """Returns when the line is on the disk. Raises AUDIT_UNAVAILABLE where the settings say to refuse."""
        done: Done = self._loop.create_future()
        try:
            if self._closing.is_set():
                raise queue.Full
            self._queue.put_nowait(_Item(event, done))
        except queue.Full:
            failure: BaseException | None = OSError("the queue is full")
            self._missed([event], "the queue is full")
        else:
            try:
                async with asyncio.timeout(WAIT_S):
                    failure = await done
            except TimeoutError:
                failure = OSError("the disk does not answer")
                log.error("audit_is_slow", seconds=WAIT_S)
        if failure is not None and self._refuses:
            raise AskwireError(ErrorCode.AUDIT_UNAVAILABLE, f"The audit log cannot be written: {_reason(failure)}")

    async def close(self) -> None:
        """Write what waits."""
        self._closing.set()
        await asyncio.to_thread(self._thread.join)

    # ---- the thread

    def _run(self) -> None:
        self._attempt([])
        while True:
            items = self._take()
            if items or self._gap.lines:
                self._attempt(items)
            if not items and self._closing.is_set():
                break
        if self._files.opened:
            self._attempt([], {"at": now(), "event": "closed"})
        if self._gap.lines:
            log.error("audit_gap_not_written", lines=self._gap.lines, statements=self._gap.statements)
        self._files.close()

    def _take(self) -> list[_Item]:
        """What waits, after a while nothing."""
        items: list[_Item] = []
        try:
            while len(items) < BATCH:
                item = self._queue.get(timeout=0 if items else RETRY_S if not self._closing.is_set() else 0.0)
                items += [item] if item is not None else []
        except queue.Empty:
            pass
        return items

    def _attempt(self, items: Sequence[_Item], *more: Record) -> None:
        """Never raises: whoever waits hears of a failure."""
        failure: BaseException | None = None
        with self._gap_lock:
            gap = _Gap(self._gap.lines, self._gap.statements, self._gap.since, self._gap.why)
        try:
            records = [
                *([self._gap_record(gap)] if gap.lines else []),
                *(as_record(item.event) for item in items),
                *more,
            ]
            self._append(records)
        except Exception as error:
            failure = error
            self._failed(items, error)
        else:
            self._wrote(len(records), gap)
        if items:
            self._loop.call_soon_threadsafe(_tell, [item.done for item in items], failure)

    def _append(self, records: Sequence[Record]) -> None:
        if not self._files.opened:
            self._files.open()
        if not records:
            return
        try:
            self._files.append(records)
        except OSError:
            if self._files.opened:
                raise
            self._files.open()  # the file was moved away, for instance
            self._files.append(records)

    def _wrote(self, lines: int, gap: _Gap) -> None:
        WRITTEN.inc(lines)
        self.lines += lines
        with self._gap_lock:
            self._gap.lines -= gap.lines
            self._gap.statements -= gap.statements
            self._gap.since = now() if self._gap.lines else ""
        if self._failing:
            self._failing = False
            log.warning("audit_goes_on", chain=self.chain, lines_missing=gap.lines)

    def _failed(self, items: Sequence[_Item], error: Exception) -> None:
        self._missed([item.event for item in items], _reason(error))
        if not self._failing:
            self._failing = True
            log.error("audit_not_written", folder=str(self.root), error=_reason(error), refuses=self._refuses,
                      exc_info=None if isinstance(error, OSError) else error)  # fmt: skip

    def _missed(self, events: Sequence[AnsweredStatement], why: str) -> None:
        UNWRITTEN.labels("refused" if self._refuses else "gap").inc(len(events))
        with self._gap_lock:
            self.unwritten += len(events)
            self._gap.lines += len(events)
            self._gap.statements += sum(event.stage is Stage.ASKED for event in events)
            self._gap.since = self._gap.since or now()
            self._gap.why = why

    def _gap_record(self, gap: _Gap) -> Record:
        return {
            "at": now(), "event": "gap", "since": gap.since, "lines": gap.lines, "statements": gap.statements,
            "outcome": "refused" if self._refuses else "went on", "reason": gap.why,
        }  # fmt: skip


def _tell(waiting: Sequence[Done], failure: BaseException | None) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(failure)


def _reason(error: BaseException) -> str:
    """Without paths, which are not for clients."""
    if isinstance(error, OSError):
        return (error.strerror or str(error)) if error.errno != errno.EFBIG else "the file may not grow any more"
    return "an internal fault; see the gateway's log"
