"""SHOW AI INDEXES: the indexes that all statements seen would have, and those that none of them needs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
from diagnose.verification.scratch import try_remedies
from diagnose.wording import shown
from diagnose.workload.advisor import Asked, Choice, Chosen
from diagnose.workload.prices import Found, Hypothetically
from diagnose.workload.recorder import Recorder
from diagnose.workload.show import read_limit
from diagnose.workload.store import Workload
from plugins import Answer, AskwireError, Column, ColumnKind, Note, Session, Statement, UpstreamError
from plugins import Table as Rows
from plugins.types import Value

# The digests that took most; and the seconds that trying takes.
STATEMENTS = 100
BUDGET_S = 30.0
# Of the time of all statements: for those that took the last part of it no index is looked for.
REST = 0.01
SMALL_ROWS = 1_000
ON_SAMPLES = (
    0.02  # what an index must spare, as ``advisor.WORTH``: times on samples are less certain than a planner's cost
)
FEW_OF_THEM = 0.1  # of the rows: an index that leads to more is not tried on samples
COLUMNS = (
    Column("action"), Column("table"), Column("columns"), Column("statement"), Column("gain", ColumnKind.REAL),
    Column("statements", ColumnKind.INTEGER), Column("size"), Column("evidence"), Column("verified"),
)  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """``verified``: why the indexes to create are believed to help."""

    create: Sequence[Chosen]
    verified: str
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
        rows = [self._create(chosen, advice.verified, asked) for chosen in advice.create]
        rows += [_drop(remedy, why, evidence) for remedy, why in advice.drop]
        left = f"; {skipped} could not be explained" if skipped else ""
        return Rows(COLUMNS, rows, (Note(f"By {len(asked)} statements of {session.database}{left}"),))

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
        asked = _costly(asked)
        server = asked[0].evidence.server
        if server.kind == POSTGRES and server.hypopg and self._settings.verify and not session.in_transaction:
            async with trials(session) as trial:
                planner = Hypothetically(trial, asked, session.database or "", time.monotonic() + BUDGET_S)
                offered = [remedy for each in asked for remedy in _offered(each.evidence)]
                chosen = await Choice(asked, planner.price).choose(offered)
            return Advice(chosen, "yes: by the planner's cost of all statements together (HypoPG)", drop)
        until = time.monotonic() + BUDGET_S
        found = Found(await self._trials(session, asked, until))
        chosen = await Choice(asked, found.price, ON_SAMPLES).choose(found.candidates())
        tried = server.is_mysql_family and self._settings.verify and not session.in_transaction
        if tried:
            chosen += await self._besides(session, asked, found, [each.remedy for each in chosen], until)
        return Advice(chosen, "yes: by rows read and time of each statement on samples" if tried else "", drop)

    async def _besides(
        self, session: Session, asked: Sequence[Asked], found: Found, chosen: list[CreateIndex], until: float
    ) -> list[Chosen]:
        """What helps only beside the indexes chosen so far: of a join that leads over two tables, the second one."""
        left = [replace(each, seconds=each.seconds * await found.price(at, chosen)) for at, each in enumerate(asked)]
        more = Found(await self._trials(session, left, until, chosen))
        offered = [c for c in more.candidates() if not any(index.serves(c) for index in chosen)]
        return await Choice(left, more.price, ON_SAMPLES).choose(offered)

    async def _trials(
        self, session: Session, asked: Sequence[Asked], until: float, given: Sequence[CreateIndex] = ()
    ) -> list[Mapping[CreateIndex, Trial]]:
        """Of each statement's candidates: all of them on samples, where that can be done, else what the rules offer."""
        found: list[Mapping[CreateIndex, Trial]] = []
        for each in asked:  # what took most comes first
            evidence = each.evidence
            offered = [f.remedy for rule in index_rules.RULES for f in rule.check(evidence)]
            remedies = dict.fromkeys(remedy for remedy in offered if isinstance(remedy, CreateIndex))
            if given and (
                len(each.tables) < 2 or not {index.table for index in given} & {name for _, name in each.tables}
            ):
                found.append({})  # nothing has changed for it
                continue
            if not evidence.server.is_mysql_family or not self._settings.verify or time.monotonic() > until:
                found.append(dict.fromkeys(() if given else remedies, Trial(Verdict.UNTRIED, "")))
                continue
            remedies |= dict.fromkeys(_offered(evidence))
            wanted = [r for r in remedies if not any(index.serves(r) for index in given)]
            limits = self._settings
            trials = await try_remedies(
                session, evidence, wanted, rows=limits.sample_rows, seconds=limits.verify_s, given=given
            )
            found.append({remedy: trial for remedy, trial in trials.items() if isinstance(remedy, CreateIndex)})
        return found

    def _create(self, chosen: Chosen, verified: str, asked: Sequence[Asked]) -> Sequence[Value]:
        remedy = chosen.remedy
        evidence = next(a.evidence for a in asked if a.evidence.schema.table(remedy.table, remedy.schema) is not None)
        table = evidence.schema.table(remedy.table, remedy.schema)
        columns = [c for name in remedy.columns if table is not None and (c := table.column(name)) is not None]
        size = index_bytes(table, columns, evidence.server.kind) if table is not None else 0
        spares = f"spares about {chosen.spares:,.3f} of {chosen.of:,.3f} seconds seen"
        costs = f", costs about {chosen.costs:,.3f} where rows are written" if chosen.costs else ""
        return (
            "create", shown(remedy.table, 64), ", ".join(shown(c, 64) for c in remedy.columns),
            statement(remedy, evidence), round((chosen.spares - chosen.costs) / (chosen.of or 1.0), 4), chosen.helps,
            size_text(size), spares + costs, verified or "not verified",
        )  # fmt: skip


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


def _offered(evidence: Evidence) -> list[CreateIndex]:
    """The statement's candidates; PostgreSQL's planner is also asked for those that hold all that is read of a table.

    On a sample a small table weighs more than it does, an index that is read alone shows no difference, and one on a
    column of a few values may look good by a chance of the plan.
    """
    found = [each for each in candidates(evidence) if (each.table.rows or 0) >= SMALL_ROWS]
    kind = evidence.server.kind
    if kind == POSTGRES:
        searching = [each for each in found if each.purpose in (Purpose.FILTER, Purpose.JOIN)]
        found += [longer for each in searching if (longer := covering(each, kind))]
    else:
        found = [each for each in found if each.purpose is not Purpose.FILTER or each.guess <= FEW_OF_THEM]
    return [each.remedy for each in found]


def _drop(remedy: DropIndex, why: str, evidence: Evidence) -> Sequence[Value]:
    return ("drop", shown(remedy.table, 64), "", statement(remedy, evidence), None, None, "", why, "")


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
