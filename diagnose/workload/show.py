"""SHOW AI SLOW and SHOW AI DIAGNOSES: what was seen on the wire, and what the background diagnosis found."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conf.diagnose import DiagnoseSettings
from diagnose.wording import shown
from diagnose.workload.recorder import Recorder
from diagnose.workload.store import Workload
from knowledge.store import is_editor
from plugins import Answer, Column, ColumnKind, Note, Session, Statement, Table
from plugins.grammar import Reader
from plugins.types import Value
from plugins.words import translated

ROWS, MOST_ROWS = 20, 1_000
TEXT_CHARS = 2_000
NONE_YET = (
    "Nothing was diagnosed yet: statements that take diagnose.slow_s seconds are, on the session that sent them, when "
    "it is idle after a read or the end of a transaction"
)
NOT_WATCHED = "Statements are not watched: diagnose.watch is off in the gateway's settings"
_REAL, _WHOLE = ColumnKind.REAL, ColumnKind.INTEGER
SLOW = (
    Column("digest"), Column("user"), Column("database"), Column("statement"), Column("count", _WHOLE),
    Column("total_s", _REAL), Column("mean_ms", _REAL), Column("p95_ms", _REAL), Column("rows", _WHOLE),
    Column("errors", _WHOLE), Column("worst_ms", _REAL), Column("worst_example"), Column("findings"),
)  # fmt: skip
DIAGNOSES = tuple(
    map(Column, ("at", "user", "database", "digest", "severity", "code", "finding", "evidence", "advice", "statement",
                 "verified", "example"))
)  # fmt: skip

WORDS = ("finding", "evidence", "advice")  # of a finding that was kept


class Show:
    """The statements; an account that is no viewer sees what the same user sent."""

    def __init__(self, settings: DiagnoseSettings, workload: Workload, recorder: Recorder) -> None:
        self._settings = settings
        self._workload = workload
        self._recorder = recorder

    def statements(self) -> list[Statement]:
        return [
            Statement("show ai slow", self._slow, opening=("SHOW", "AI", "SLOW")),
            Statement("show ai diagnoses", self._diagnoses, opening=("SHOW", "AI", "DIAGNOSES")),
        ]

    def visible_to(self, session: Session) -> str | None:
        """The user whose statements are shown; None: everybody's."""
        if is_editor(session.account, self._settings.viewers):
            return None
        # An account without a name takes whatever name the client gives, also that of somebody who has an account.
        user, at, _ = session.account.rpartition("@")
        return session.user if user or not at else ""

    async def _slow(self, session: Session, text: str) -> Answer:
        limit = read_limit(text, "SLOW")
        await self._recorder.told()
        found = await self._workload.slow(session.upstream, self.visible_to(session), limit)
        rows: list[Sequence[Value]] = [
            (
                slow.digest.key, slow.user, slow.database, shown(slow.digest.text, TEXT_CHARS), slow.count,
                round(slow.seconds, 3), _ms(slow.seconds / slow.count), _ms(slow.p95), slow.rows, slow.errors,
                _ms(slow.worst_seconds), shown(slow.worst_text, TEXT_CHARS), slow.findings,
            )
            for slow in found
        ]  # fmt: skip
        return Table(SLOW, rows, self._notes())

    async def _diagnoses(self, session: Session, text: str) -> Answer:
        limit = read_limit(text, "DIAGNOSES")
        found = await self._workload.diagnoses(session.upstream, self.visible_to(session), limit)
        rows: list[Sequence[Value]] = []
        for diagnosed in found:
            at = datetime.fromtimestamp(diagnosed.at, UTC).isoformat(sep=" ", timespec="seconds")[:19]
            example = shown(diagnosed.sql, TEXT_CHARS)
            lead = (at, diagnosed.user, diagnosed.database, diagnosed.digest.key)
            for finding in diagnosed.findings or ({"severity": "info", "code": "nothing-found"},):
                rows.append((*lead, *_told(finding, session.language), example))
        return Table(DIAGNOSES, rows, self._notes() or (() if rows else (Note(NONE_YET),)))

    def _notes(self) -> tuple[Note, ...]:
        return () if self._settings.watch else (Note(NOT_WATCHED),)


def read_limit(text: str, what: str) -> int:
    """Of ``SHOW AI what [LIMIT n]``. Raises SYNTAX."""
    reader = Reader(text, f"SHOW AI {what} [LIMIT n]")
    reader.expect("SHOW", "AI", what)
    limit = reader.number("the number of rows") if reader.accept("LIMIT") else ROWS
    reader.end()
    return min(limit, MOST_ROWS)


def _told(finding: Mapping[str, Any], language: str) -> Iterator[str | None]:
    """severity, code, finding, evidence, advice, statement, verified: as the first row's English was kept."""
    for name in ("severity", "code", "finding", "evidence", "advice", "statement"):
        value = finding.get(name)
        text = None if value is None else str(value)
        yield translated(text, language) if text and name in WORDS else text
    trial = finding.get("trial")
    yield f"{trial['verdict']}: {translated(trial['how'], language)}" if isinstance(trial, dict) else ""


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
