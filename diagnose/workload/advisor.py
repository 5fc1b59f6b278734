"""Advice for a whole workload: which indexes to make and which to drop, with what each gains."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from conf.diagnose import DiagnoseSettings
from diagnose.advice.candidates import Candidate, Purpose, candidates, covering
from diagnose.advice.price import price
from diagnose.advice.spelling import statement
from diagnose.advice.width import index_bytes, size_text
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES, Index, Table
from diagnose.rules.indexes import redundant
from diagnose.types import CreateIndex, DropIndex
from diagnose.wording import amount, listed, shown
from diagnose.workload.choosing import Choice, Option, choose
from diagnose.workload.costs import planner_costs, sample_costs
from plugins import Session

MOST = 12  # indexes that are offered
MOST_COLUMNS = 5
FEW_ROWS = 1_000  # a smaller table needs no index
WRITE_S = 30e-6  # of one row in one index, in memory; measured: about 20 µs in MariaDB, 10 in PostgreSQL


@dataclass(frozen=True, slots=True)
class Load:
    """A statement of the workload: how often it ran, and the seconds that all its runs took together."""

    evidence: Evidence
    count: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """``gain``: the share of the workload's time that it saves (of a dropped index: 0). ``why`` is for a person."""

    remedy: CreateIndex | DropIndex
    statement: str
    gain: float
    why: str
    statements: int = 0  # that gain by it
    verified: bool = False


async def advise(
    session: Session, loads: Sequence[Load], settings: DiagnoseSettings, *, seconds: float, most: int = MOST
) -> list[Proposal]:
    """The indexes to make, the best first, then those to drop. ``seconds``: how long trying may take.

    On PostgreSQL with HypoPG the planner is asked for the cost with each index; on MySQL and MariaDB the statements run
    on samples. Where neither can be, nothing is offered to be made. Raises ``UpstreamError``.
    """
    known = [load for load in loads if load.evidence.plan is not None]
    made: list[Proposal] = []
    if known and settings.verify and not session.in_transaction:
        made = await _make(session, known, settings, seconds, most)
    return [*made, *_drop(loads, [p.remedy for p in made if isinstance(p.remedy, CreateIndex)])]


async def _make(
    session: Session, loads: Sequence[Load], settings: DiagnoseSettings, seconds: float, most: int
) -> list[Proposal]:
    options = list(_options(loads))
    evidences = [load.evidence for load in loads]
    server = evidences[0].server
    deadline = time.monotonic() + seconds
    times = [load.seconds for load in loads]
    if server.kind == POSTGRES:
        if not server.hypopg:
            return []
        async with planner_costs(session, evidences, deadline) as ask:
            choices = await choose(options, times, ask, most=most)
    elif server.is_mysql_family:
        ask = await sample_costs(session, evidences, options, settings, deadline)
        choices = await choose(options, times, ask, most=most)
    else:
        return []
    return [_proposal(choice, loads) for choice in choices]


def _options(loads: Sequence[Load]) -> Iterable[Option]:
    """Every candidate of every statement once, and the longer ones that hold all columns."""
    found: dict[CreateIndex, Option] = {}
    for load in loads:
        kind = load.evidence.server.kind
        for candidate in candidates(load.evidence):
            longer = covering(candidate, kind) if candidate.purpose in (Purpose.FILTER, Purpose.JOIN) else None
            for each in (candidate, longer):
                if each is None or (each.table.rows or 0) < FEW_ROWS or len(each.columns) > MOST_COLUMNS:
                    continue
                size = index_bytes(each.table, each.columns, kind)
                found.setdefault(each.remedy, Option(each.remedy, each, size, _writes(each, loads)))
    return found.values()


def _writes(candidate: Candidate, loads: Sequence[Load]) -> float:
    """Seconds that the workload's writes would spend on the index."""
    return sum(load.count * _rows_written(load.evidence, candidate) * WRITE_S for load in loads)


def _rows_written(evidence: Evidence, candidate: Candidate) -> float:
    tree = evidence.tree
    if not isinstance(tree, (exp.Insert, exp.Update, exp.Delete)):
        return 0.0
    target = tree.find(exp.Table)
    if target is None or target.name.casefold() != candidate.table.name.casefold():
        return 0.0
    if isinstance(tree, exp.Update):
        changed = {e.this.name.casefold() for e in tree.expressions if isinstance(e, exp.EQ)}
        if not changed & {name.casefold() for name in candidate.names}:
            return 0.0
    if isinstance(tree, exp.Insert):
        values = tree.expression
        return float(len(values.expressions)) if isinstance(values, exp.Values) else 1.0
    rows = evidence.plan.root.rows if evidence.plan is not None else None
    return max(rows or 1.0, 1.0)


def _proposal(choice: Choice, loads: Sequence[Load]) -> Proposal:
    everything = sum(load.seconds for load in loads) or 1.0
    evidence = loads[choice.statements[0]].evidence if choice.statements else loads[0].evidence
    kind = evidence.server.kind
    how = "the planner's costs (HypoPG)" if kind == POSTGRES else "samples"
    share = choice.saved_s / everything
    count = len(choice.statements)
    why = (
        f"{count} of {len(loads)} statements gain; it saves about {share:.0%} of the workload's time, by {how}. "
        f"{price(choice.option.candidate, kind)}"
    )
    return Proposal(choice.option.remedy, statement(choice.option.remedy, evidence), share, why, count, True)


def _drop(loads: Sequence[Load], made: Sequence[CreateIndex]) -> list[Proposal]:
    """Indexes that another one replaces, also one that is to be made, and those that nothing has used."""
    tables = {(t.schema, t.name): (t, load.evidence) for load in loads for t in load.evidence.schema.tables}
    used = {n.index for load in loads if load.evidence.plan is not None for n in load.evidence.plan.accesses()}
    found: list[Proposal] = []
    for table, evidence in tables.values():
        if table.view or table.temporary or (table.rows or 0) < FEW_ROWS:
            continue
        new = [Index("", r.columns) for r in made if (r.table, r.schema) == (table.name, table.schema)]
        gone = set()
        for index, kept in redundant(replace(table, indexes=(*table.indexes, *new))):
            if index.name:
                gone.add(index.name)
                by = f"the index {shown(kept.name, 64)}" if kept.name else f"the new one on {listed(kept.columns)}"
                found.append(_dropped(table, index, evidence, f"{by} does its work", kept.name))
        for index in table.indexes:
            if index.name not in gone and index.name not in used and _unused(index):
                found.append(_dropped(table, index, evidence, "nothing has used it since the counters began"))
    return found


def _unused(index: Index) -> bool:
    return index.used == 0 and not (index.primary or index.unique or index.constraint) and index.kind == "btree"


def _dropped(table: Table, index: Index, evidence: Evidence, why: str, kept: str = "") -> Proposal:
    remedy = DropIndex(table.name, index.name, kept, table.schema)
    size = f", and gives back about {size_text(index.size_bytes)}" if index.size_bytes else ""
    rows = f"{shown(index.name, 64)} of {shown(table.name, 64)} (about {amount(table.rows)} rows): {why}"
    return Proposal(remedy, statement(remedy, evidence), 0.0, f"{rows}. Dropping it makes every write cheaper{size}.")
