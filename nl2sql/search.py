"""Candidates until one is sure: the greedy one; when a check or a doubt speaks against it, several sampled ones.

All candidates of a question share its prefill and are decoded in one batch. Those that pass the guard are run, and what
most of them return is the answer (self-consistency: Wang et al., 2023, https://arxiv.org/abs/2203.11171, by results as
in Shi et al., 2022, https://arxiv.org/abs/2204.11454).
"""

from dataclasses import dataclass, field, replace

from sqlglot import exp

from nl2sql.candidates import Candidate, Writer
from nl2sql.compose import fill_frame, name_outputs
from nl2sql.coverage import cover
from nl2sql.guard import Guarded, check
from nl2sql.options import Options
from nl2sql.plugged import objection
from nl2sql.prompt import repair_prompt
from nl2sql.results import Returned, run
from nl2sql.statements import Mode
from nl2sql.task import Task
from nl2sql.trace import Trace
from nl2sql.vote import Survivor, Verdict, is_sure, vote
from plugins import AskwireError, ErrorCode, Session, WrittenSql
from plugins.readonly import Rejected

TEMPERATURE = 0.7
# What a sampled candidate may be longer than the greedy one; a batch takes as long as its longest.
SPARE_TOKENS = 60


@dataclass(slots=True)
class Search:
    """The candidates of one question so far; ``faults`` of those that did not pass, the last one last."""

    session: Session
    task: Task
    writer: Writer
    options: Options
    trace: Trace
    survivors: list[Survivor] = field(default_factory=list)
    faults: list[tuple[Candidate, str]] = field(default_factory=list)
    declined: list[Candidate] = field(default_factory=list)
    _first_tokens: int = 0
    _checked: dict[str, tuple[Guarded | None, str]] = field(default_factory=dict)

    async def verdict(self) -> Verdict:
        """Raises NOT_ANSWERABLE, REFUSED, NO_VALID_SQL and what the model raises."""
        await self._greedy()
        if not self._done() and self.options.candidates > 1:
            await self._sampled()
        if not self.survivors:
            await self._repaired()
        if not self.survivors:
            raise self._nothing()
        await self._compare()
        with self.trace.step("vote") as step:
            verdict = vote(self.survivors)
            step.say(f"confidence {verdict.confidence:.2f}, {verdict.agreeing} of {verdict.of} agree")
        return verdict

    def _done(self) -> bool:
        return bool(self.survivors) and is_sure(self.survivors[0])

    async def _greedy(self) -> None:
        with self.trace.step("model 1") as step:
            candidate = await self.writer.write(self.task.system, self.task.user)
            candidate.tell(step)
        self._first_tokens = candidate.completion.completion_tokens
        await self._consider(candidate, greedy=True)

    async def _sampled(self) -> None:
        count, tokens = self.options.candidates - 1, self._first_tokens + SPARE_TOKENS
        with self.trace.step("model candidates") as step:
            candidates = await self.writer.sample(self.task.system, self.task.user, count, TEMPERATURE, tokens)
            for candidate in candidates:
                candidate.tell(step)
        for candidate in candidates:
            await self._consider(candidate)

    async def _repaired(self) -> None:
        for _ in range(self.options.repair if self.faults else 0):
            failed, fault = self.faults[-1]
            with self.trace.step("model repair") as step:
                user = repair_prompt(self.task.user, failed.sql, fault)
                names = {t.name: tuple(c.name for c in t.columns) for t in self.task.catalog.tables}
                candidate = await self.writer.rewrite(self.task.system, user, names)
                candidate.tell(step)
            await self._consider(candidate, repairs=1)
            if self.survivors:
                return

    def _nothing(self) -> AskwireError:
        if self.declined and not self.faults:
            return AskwireError(ErrorCode.NOT_ANSWERABLE, f"The tables do not answer this: {self.declined[0].reason}")
        return AskwireError(
            ErrorCode.NO_VALID_SQL, f"No statement passed the checks; the last failed with: {self.faults[-1][1]}"
        )

    async def _consider(self, candidate: Candidate, greedy: bool = False, repairs: int = 0) -> None:
        """Check one candidate and take it in."""
        if not candidate.sql:
            self.declined.append(candidate)
            return
        facts = self.session.facts
        facts.sql, facts.model = candidate.sql, candidate.completion.model
        with self.trace.step("guard") as step:
            if candidate.sql not in self._checked:  # samples are often what was written before
                self._checked[candidate.sql] = await self._check(candidate.sql, greedy)
            guarded, fault = self._checked[candidate.sql]
            if guarded is not None:
                step.show(guarded.sql)
            else:
                step.say(fault)
        if guarded is None:
            self.faults.append((candidate, fault))
            return
        self._survived(candidate, guarded, greedy, repairs)

    def _survived(self, candidate: Candidate, guarded: Guarded, greedy: bool, repairs: int) -> None:
        covered = cover(self.task.asked, guarded, self.task.catalog)
        mends = sum(1 for note in guarded.notes if note.startswith(("read ", "joined ", "looked ")))
        doubt = self.task.grounding.unknown_share
        left_out = self.task.context.left_out > 0
        self.survivors.append(Survivor(guarded, candidate, covered, greedy, repairs, mends, doubt, left_out))

    async def _compare(self) -> None:
        """Run what differs, so that the vote is about results. ASK SQL and its like run nothing: there, texts vote."""
        texts = {s.guarded.sql: s.guarded for s in self.survivors}
        if len(texts) < 2 or not self.runs:
            return
        returned: dict[str, Returned] = {}
        for sql, guarded in texts.items():
            with self.trace.step("run") as step:
                returned[sql] = result = await run(self.session, guarded)
                step.show(result.error or ("empty" if result.empty else f"result {result.key[:8]}"))
        ran = [replace(s, returned=returned[s.guarded.sql]) for s in self.survivors]
        self.survivors = [s for s in ran if s.returned is not None and not s.returned.failed] or ran

    @property
    def runs(self) -> bool:
        """Whether the answer's statement is going to be run."""
        mode = self.task.statement.mode or (Mode.SQL if self.options.show == "sql" else Mode.ROWS)
        return mode in (Mode.ROWS, Mode.NARRATE)

    async def _check(self, sql: str, greedy: bool) -> tuple[Guarded | None, str]:
        """The checked statement, or why there is none. Raises REFUSED and UpstreamError (rights)."""
        task = self.task
        try:
            guarded = check(sql, task.catalog, task.limit, task.asked)
            if not guarded.tables:
                raise Rejected("no table of the database is read")
            if task.statement.frame is not None:
                guarded = _framed(task, task.statement.frame, guarded)
        except Rejected as rejected:
            if rejected.fault.refused and greedy:
                raise AskwireError(ErrorCode.REFUSED, f"Refused: {rejected.fault.message}") from rejected
            return None, rejected.fault.message
        written = WrittenSql(guarded.sql, guarded.tree.copy(), guarded.tables, task.statement.question)
        error = await objection(self.writer.services, self.session, written)
        return (None, error) if error is not None else (guarded, "")


def _framed(task: Task, frame: exp.Query, guarded: Guarded) -> Guarded:
    tree = guarded.tree.copy()
    missing = name_outputs(tree, task.wanted)
    if missing:
        raise Rejected(f"the result needs columns called {', '.join(missing)}")
    whole = check(fill_frame(frame, tree), task.catalog, task.limit)
    notes = tuple(dict.fromkeys((*(n for n in guarded.notes if not n.startswith("at most ")), *whole.notes)))
    return replace(whole, notes=notes)
