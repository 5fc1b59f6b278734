"""SHOW AI INDEXES: the indexes that all statements seen would have, and those that none of them needs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conf.diagnose import DiagnoseSettings
from diagnose.advice.candidates import Purpose, candidates, covering
from diagnose.advice.spelling import statement
from diagnose.advice.width import index_bytes, size_text
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES, Table
from diagnose.evidence.gather import gather
from diagnose.rules import indexes as index_rules
from diagnose.types import CreateIndex, DropIndex, Trial, Verdict
from diagnose.verification.hypopg import trials
from diagnose.wording import shown
from diagnose.workload.advisor import Asked, Choice, Chosen
from diagnose.workload.choosing import ON_SAMPLES, SMALL_ROWS, BySizes
from diagnose.workload.prices import Found, Hypothetically
from diagnose.workload.recorder import Recorder
from diagnose.workload.show import read_limit
from diagnose.workload.store import Workload
from plugins import Answer, AskwireError, Column, ColumnKind, Note, Session, Statement, UpstreamError
from plugins import Table as Rows
from plugins.types import Value
from plugins.words import translated

# The digests that took most; and the seconds that trying takes.
STATEMENTS = 100
BUDGET_S = 30.0
UNTRIED = "not verified"
# Of the time of all statements: for those that took the last part of it no index is looked for.
REST = 0.01
COLUMNS = (
    Column("action"), Column("table"), Column("columns"), Column("statement"), Column("gain", ColumnKind.REAL),
    Column("statements", ColumnKind.INTEGER), Column("size"), Column("evidence"), Column("verified"),
)  # fmt: skip
_Row = tuple[Sequence[Value], tuple[str, str]]  # its values, and the evidence and what was tried, in words


@dataclass(frozen=True)
class Advice:
    """``verified``: why an index is believed to help, where that was tried."""

    create: Sequence[Chosen]
    verified: Mapping[CreateIndex, str]
    drop: Sequence[tuple[DropIndex, str]]


class ShowIndexes:
    """The statement. It reads over the session of whoever asks: what that account may not explain does not count."""

    def __init__(
        self,
        settings: DiagnoseSettings,
        workload: Workload,
        recorder: Recorder,
        visible: Callable[[Session], str | None],
    ) -> None:
        self._settings = settings
        self._workload = workload
        self._recorder = recorder
        self._visible = visible

    def statements(self) -> list[Statement]:
        return [Statement("show ai indexes", self._indexes, opening=("SHOW", "AI", "INDEXES"))]

    async def _indexes(self, session: Session, text: str) -> Answer:
        read_limit(text, "INDEXES")
        await self._recorder.told()
        asked, skipped = await self._asked(session)
        if not asked:
            said = f"No statement over tables of {session.database or 'a database'} was seen that could be explained"
            return Rows(COLUMNS, [], (Note(said),))
        advice = await self._advice(session, asked)
        evidence = asked[0].evidence
        rows = [self._create(chosen, advice.verified.get(chosen.remedy, UNTRIED), asked) for chosen in advice.create]
        rows += [_drop(remedy, why, evidence) for remedy, why in advice.drop]
        rows_said = [(*row, *(translated(text, session.language) for text in texts)) for row, texts in rows]
        notes = [Note(f"By {len(asked)} statements of {session.database}")]
        if skipped:
            notes.append(Note(f"{skipped} statements could not be explained"))
        return Rows(COLUMNS, rows_said, tuple(notes))

    async def _asked(self, session: Session) -> tuple[list[Asked], int]:
        """Those of the session's database that the account may explain, and how many it may not."""
        slow = await self._workload.slow(session.upstream, self._visible(session), STATEMENTS)
        here = [each for each in slow if each.database == (session.database or "") and each.worst_text]
        asked, skipped = [], 0
        for each in here:
            try:
                evidence = await gather(session, each.worst_text)
            except (AskwireError, UpstreamError):
                continue  # SET, SHOW, DDL; or a table that is gone
            if evidence.plan is None or not any(s.table for b in evidence.blocks for s in b.sources):
                skipped += bool(evidence.unplanned)
                continue
            asked.append(Asked(evidence, each.count, each.seconds))
        return asked, skipped

    async def _advice(self, session: Session, asked: Sequence[Asked]) -> Advice:
        drop = list(unneeded(asked))
        server = asked[0].evidence.server
        if server.kind == POSTGRES and server.hypopg and self._settings.verify and not session.in_transaction:
            asked = _costly(asked)
            async with trials(session) as trial:
                planner = Hypothetically(trial, asked, session.database or "", time.monotonic() + BUDGET_S)
                offered = [remedy for each in asked for remedy in _offered(each.evidence)]
                chosen = await Choice(asked, planner.price).choose(offered)
            said = "yes: by the planner's cost of all statements together (HypoPG)"
            return Advice(chosen, {each.remedy: said for each in chosen}, drop)
        if server.is_mysql_family:
            tries = self._settings.verify and not session.in_transaction
            until = time.monotonic() + BUDGET_S
            by_sizes = BySizes(session, asked, self._settings, until, tries=tries)
            chosen = await by_sizes.choose()
            return Advice(chosen, {each.remedy: by_sizes.verified(each.remedy) for each in chosen}, drop)
        found = Found([_of_rules(each.evidence) for each in asked])
        chosen = await Choice(asked, found.price, ON_SAMPLES).choose(found.candidates())
        return Advice(chosen, {}, drop)

    def _create(self, chosen: Chosen, verified: str, asked: Sequence[Asked]) -> _Row:
        remedy = chosen.remedy
        evidence = next(a.evidence for a in asked if a.evidence.schema.table(remedy.table, remedy.schema) is not None)
        table = evidence.schema.table(remedy.table, remedy.schema)
        columns = [c for name in remedy.columns if table is not None and (c := table.column(name)) is not None]
        size = index_bytes(table, columns, evidence.server.kind) if table is not None else 0
        gain = f"spares about {chosen.spares:,.3f} of {chosen.of:,.3f} seconds seen"
        if chosen.costs:
            gain = f"{gain}; costs about {chosen.costs:,.3f} where rows are written"
        return (
            "create", shown(remedy.table, 64), ", ".join(shown(c, 64) for c in remedy.columns),
            statement(remedy, evidence), round((chosen.spares - chosen.costs) / (chosen.of or 1.0), 4), chosen.helps,
            size_text(size),
        ), (gain, verified)  # fmt: skip


def _costly(asked: Sequence[Asked]) -> list[Asked]:
    """What took most comes first."""
    rest = sum(each.seconds for each in asked)
    least, kept = REST * rest, []
    for each in asked:
        if rest <= least:
            break
        rest -= each.seconds
        kept.append(each)
    return kept


def _of_rules(evidence: Evidence) -> dict[CreateIndex, Trial]:
    """What the rules offer, where nothing can be tried."""
    offered = [f.remedy for rule in index_rules.RULES for f in rule.check(evidence)]
    return {remedy: Trial(Verdict.UNTRIED, "") for remedy in offered if isinstance(remedy, CreateIndex)}


def _offered(evidence: Evidence) -> list[CreateIndex]:
    """The statement's candidates for PostgreSQL's planner, also those that hold all that is read of a table."""
    found = [each for each in candidates(evidence) if (each.table.rows or 0) >= SMALL_ROWS]
    searching = [each for each in found if each.purpose in (Purpose.FILTER, Purpose.JOIN)]
    found += [longer for each in searching if (longer := covering(each, evidence.server.kind))]
    return [each.remedy for each in found]


def _drop(remedy: DropIndex, why: str, evidence: Evidence) -> _Row:
    return ("drop", shown(remedy.table, 64), "", statement(remedy, evidence), None, None, ""), (why, "")


def unneeded(asked: Sequence[Asked]) -> Iterator[tuple[DropIndex, str]]:
    """Indexes of the workload's tables that another one replaces, or that neither the server nor a plan has used."""
    tables: dict[tuple[str, str], Table] = {}
    used: set[tuple[str, str]] = set()
    for each in asked:
        for block in each.evidence.blocks:
            tables |= {(s.table.schema, s.table.name): s.table for s in block.sources if s.table is not None}
        if each.evidence.plan is not None:
            used |= {(node.table, node.index) for node in each.evidence.plan.accesses() if node.index}
    for table in tables.values():
        if (table.rows or 0) < SMALL_ROWS or table.view or table.temporary:
            continue
        twice = dict(index_rules.redundant(table))
        for index, kept in twice.items():
            yield DropIndex(table.name, index.name, kept.name, table.schema), f"{shown(kept.name, 64)} does its work"
        foreign = {key.columns[:1] for key in table.foreign_keys}
        for index in table.indexes:
            if index in twice or index.unique or index.constraint or (table.name, index.name) in used:
                continue
            # An index of a foreign key is looked up when a row of the other table is deleted.
            if index.used == 0 and index.columns[:1] not in foreign:
                why = "the server has counted no use of it, and no statement seen here uses it"
                yield DropIndex(table.name, index.name, "", table.schema), why
