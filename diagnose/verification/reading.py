"""Compares a rewrite with its statement where nothing can be written: over samples that stand in WITH.

PostgreSQL: a temporary table needs a transaction that may write, and the caller's own must not become one. So each
table is a WITH of a few thousand of its rows, chosen by its primary key: the same ones each time. What it costs is the
planner's word, for the statements as they are.
"""

import time
from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from diagnose.evidence import guards
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Table
from diagnose.evidence.planned import NothingToPlan, planned_query
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.types import Rewrite, Trial, Verdict
from diagnose.verification.hypopg import read_cost
from diagnose.verification.replacing import Unsampled, over_samples, tables_of
from diagnose.verification.results import Difference, difference
from diagnose.verification.sampling import anywhere, edges, matching, order
from diagnose.wording import amount
from plugins import AskwireError, ResultSet, Session, UpstreamError

MAX_ROWS = 10_000
LESS = 0.9  # a rewrite that costs at most this part is worth it
SLACK = 1.05  # the planner's cost of an equal plan may differ by a little
_FAILED = (UpstreamError, AskwireError, Unsampled, Unsafe, NothingToPlan, SqlglotError, ValueError)


async def try_rewrites(
    session: Session, evidence: Evidence, remedies: Sequence[Rewrite], *, rows: int, seconds: float
) -> dict[Rewrite, Trial]:
    """A trial of each: verified, refuted, or why it could not be tried. Never raises for what it tries."""
    deadline = time.monotonic() + seconds
    try:
        query = planned_query(evidence.tree).query
        comparing = _Comparing(session, evidence, query, rows, seconds / 3)
        await comparing.begin()
    except _FAILED as error:
        return {remedy: _untried(error) for remedy in remedies}
    done: dict[Rewrite, Trial] = {}
    for remedy in remedies:
        if time.monotonic() > deadline:
            done[remedy] = Trial(Verdict.UNTRIED, "the time for trying things was over")
            continue
        try:
            done[remedy] = await comparing.judged(remedy)
        except _FAILED as error:
            done[remedy] = _untried(error)
    return done


class _Comparing:
    def __init__(self, session: Session, evidence: Evidence, query: exp.Query, rows: int, limit_s: float) -> None:
        self._session, self._evidence, self._query = session, evidence, query
        self._rows, self._limit = rows, limit_s
        self._samples: dict[tuple[str, str], str] = {}
        self._with: list[exp.CTE] = []

    async def begin(self) -> None:
        """Choose the samples and run the statement over them."""
        schema = self._evidence.schema
        mentions = [table for _, table in tables_of(self._query, schema)]
        for table, edge in order(mentions, edges(self._query, schema), (), self._rows):
            name = f"askwire_{len(self._with)}"
            if edge is None:
                select = await anywhere(self._session.query, table, self._rows, ordered=True)
            else:
                other, _ = edge.towards(table)
                select = matching(table, edge, self._samples[other.schema, other.name], self._rows, ordered=True)
            self._samples[table.schema, table.name] = name
            inner = sqlglot.parse_one(select, dialect="mysql")
            self._with.append(exp.CTE(this=inner, alias=exp.TableAlias(this=exp.to_identifier(name))))
        self._before = await self._run(self._query)

    async def judged(self, remedy: Rewrite) -> Trial:
        """Raises what ``_FAILED`` names."""
        written = planned_query(sqlglot.parse_one(remedy.sql, dialect="mysql")).query
        text, calls = explainable(written)
        await guards.check(self._session, self._evidence.server, self._evidence.schema, written, calls)
        on = f"on samples of at most {amount(self._rows)} rows of each table"
        found = difference(self._query, self._before, after := await self._run(written))
        if self._before.truncated or after.truncated:
            return Trial(Verdict.UNTRIED, f"more than {MAX_ROWS:,} rows came {on}, too many to compare")
        if found is Difference.TIES:
            return Trial(Verdict.UNTRIED, f"which of equal rows LIMIT keeps is not determined {on}")
        if found is not Difference.NONE:
            return Trial(Verdict.REFUTED, f"the results differ {on}")
        if not self._before.rows:
            return Trial(Verdict.UNTRIED, f"the statement finds no rows {on}")
        return await self._cost(text, on)

    async def _cost(self, text: str, on: str) -> Trial:
        before = self._evidence.plan.cost if self._evidence.plan is not None else None
        explained = await self._session.query(f"EXPLAIN FORMAT=JSON {text}", time_limit_s=self._limit)
        after = read_cost("\n".join(str(row[0]) for row in explained.rows)).total
        if not before:
            return Trial(Verdict.UNTRIED, f"equal results {on}; the planner tells no cost")
        told = f"equal results {on}; the planner's cost goes from {before:,.0f} to {after:,.0f}"
        if LESS * before < after <= SLACK * before:
            return Trial(Verdict.UNTRIED, f"{told}, by itself no less")
        return Trial(Verdict.VERIFIED if after < before else Verdict.REFUTED, told, after / before)

    async def _run(self, query: exp.Query) -> ResultSet:
        schema = self._evidence.schema
        copy = over_samples(query, schema, self._sample)
        own = copy.args.get("with_")
        samples = [cte.copy() for cte in self._with]
        if isinstance(own, exp.With):
            own.set("expressions", [*samples, *own.expressions])
        elif samples:
            copy.set("with_", exp.With(expressions=samples))
        text, _ = explainable(copy)
        return await self._session.query(text, time_limit_s=self._limit, max_rows=MAX_ROWS)

    def _sample(self, table: Table) -> str:
        try:
            return self._samples[table.schema, table.name]
        except KeyError:
            raise Unsampled(f"{table.name[:60]} is not in the statement") from None


def _untried(error: Exception) -> Trial:
    message = error.message if isinstance(error, (UpstreamError, AskwireError)) else str(error)
    return Trial(Verdict.UNTRIED, f"it could not be tried: {message[:200]}")
