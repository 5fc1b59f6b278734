"""From a question to an answer: the steps in order, each timed, each able to say no."""

import time
from dataclasses import dataclass, replace

from sqlglot import exp

from conf.settings import Settings
from nl2sql.answerable import Answerable, judge, probe
from nl2sql.cache import Catalogs, Moment, read_moment
from nl2sql.candidates import Candidate, Writer
from nl2sql.catalog import Catalog
from nl2sql.compose import fill_frame, name_outputs, wanted_columns
from nl2sql.context import Context, Grounding, build_context, grounded
from nl2sql.guard import Guarded, check, explain
from nl2sql.known import Knowing, Known
from nl2sql.options import Options
from nl2sql.prompt import repair_prompt, system_prompt, user_prompt
from nl2sql.readonly import Rejected
from nl2sql.statements import AskStatement
from nl2sql.trace import Trace
from nl2sql.vote import Survivor, vote
from plugins import AskwireError, ErrorCode, Services, Session

# Of the context: what the instructions, the question, hints and a repair take beside the tables.
RESERVED_TOKENS = 1_200
MIN_SCHEMA_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """A checked statement and everything that there is to say about it."""

    guarded: Guarded
    confidence: float
    catalog: Catalog
    model: str
    verified: str = ""  # the verified query that it comes from


@dataclass(frozen=True, slots=True)
class Task:
    """One question on its way: what was asked, of which catalog, with which prompt."""

    statement: AskStatement
    catalog: Catalog
    context: Context
    grounding: Grounding
    system: str
    user: str
    limit: int
    wanted: tuple[str, ...] = ()


class Answerer:
    """Holds what outlives a question: settings, services, catalogs."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self.catalogs = Catalogs(settings.ask.example_values)
        self._knowing = Knowing(services)

    def schema_budget(self) -> int:
        """Tokens that the tables may take in the prompt."""
        model = self._settings.model
        return max(MIN_SCHEMA_TOKENS, model.context_tokens - model.max_answer_tokens - RESERVED_TOKENS)

    async def prefix(self, session: Session) -> str | None:
        """The stable prefix for the session's database; None when the schema is too large to have one."""
        catalog = await self.catalogs.of(session, await read_moment(session))
        context = build_context("", catalog, self.schema_budget())
        return None if context.left_out else system_prompt(context.catalog)

    async def answer(self, session: Session, statement: AskStatement, options: Options, trace: Trace) -> Answered:
        """Raises AskwireError and UpstreamError; ``trace`` holds the steps in any case."""
        limit = min(statement.limit or options.limit, options.limit)
        model = statement.model or options.model
        writer = Writer(self._services, model, time.monotonic() + options.deadline)
        catalog, moment = await self._catalog(session, trace)
        known = await self._known(session, statement, catalog, limit, trace)
        if isinstance(known, Answered):
            return known
        task = self._prompt(statement, catalog, moment, limit, trace, known)
        await self._doubt(task, writer, trace)
        survivor, candidate = await self._write(session, task, writer, options.repair, trace)
        with trace.step("vote") as step:
            verdict = vote([survivor])
            step.detail = f"confidence {verdict.confidence:.2f}, {verdict.agreeing} of {verdict.of}"
        return Answered(verdict.survivor.guarded, verdict.confidence, catalog, candidate.completion.model)

    async def _catalog(self, session: Session, trace: Trace) -> tuple[Catalog, Moment]:
        if not session.database:
            raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
        with trace.step("catalog") as step:
            moment = await read_moment(session)
            catalog = await self.catalogs.of(session, moment)
            step.detail = f"{len(catalog.tables)} tables, {len(catalog.links)} foreign keys"
        return catalog, moment

    async def _known(
        self, session: Session, statement: AskStatement, catalog: Catalog, limit: int, trace: Trace
    ) -> Known | Answered:
        """What people taught for the question; the answer where it is a verified query's. Raises UpstreamError."""
        with trace.step("known") as step:
            known = await self._knowing.lookup(session, statement.question, catalog)
            step.detail = known.detail
            if known.match is not None:
                guarded = await self._knowing.answer(session, known.match, statement, catalog, limit)
                if guarded is not None:
                    name = known.match.query.name
                    return Answered(guarded, 1.0, catalog, f"verified query {name}", name)
        return known

    def _prompt(
        self, statement: AskStatement, catalog: Catalog, moment: Moment, limit: int, trace: Trace, known: Known
    ) -> Task:
        with trace.step("context") as step:
            context = build_context(statement.question, catalog, self.schema_budget(), known.definitions)
            grounding = grounded(statement.question, catalog, context.terms)
            step.detail = (
                f"{len(context.catalog.tables)} tables shown, {context.left_out} left out; "
                f"hints: {'; '.join(context.hints) or 'none'}; unknown words: {' '.join(grounding.unknown) or 'none'}; "
                f"known words: {' '.join((*grounding.names, *grounding.values))}"
            )
        with trace.step("prompt") as step:
            wanted = wanted_columns(statement.frame) if statement.frame is not None else ()
            system = system_prompt(context.catalog)
            user = user_prompt(statement.question, moment.today, context.hints, context.terms)
            if wanted:
                user += f"\nThe result's columns are called: {', '.join(wanted)}"
            step.detail = f"{len(system)} characters of schema, {len(user)} of question\n{user}"
        return Task(statement, catalog, context, grounding, system, user, limit, wanted)

    async def _doubt(self, task: Task, writer: Writer, trace: Trace) -> None:
        """Raises NOT_ANSWERABLE when the question is not about these tables."""
        with trace.step("answerable") as step:
            verdict = judge(task.grounding)
            step.detail = verdict.value
        if verdict is Answerable.DOUBTFUL:
            with trace.step("model probe") as step:
                yes = await probe(writer, task.system, task.statement.question)
                verdict = Answerable.YES if yes else Answerable.NO
                step.detail = verdict.value
        if verdict is Answerable.NO:
            unknown = ", ".join(task.grounding.unknown[:8]) or "this"
            raise AskwireError(ErrorCode.NOT_ANSWERABLE, f"No table or column is about: {unknown}")

    async def _write(
        self, session: Session, task: Task, writer: Writer, repairs: int, trace: Trace
    ) -> tuple[Survivor, Candidate]:
        """Candidates until one survives. Raises NOT_ANSWERABLE, REFUSED, NO_VALID_SQL."""
        user = task.user
        fault = ""
        for attempt in range(repairs + 1):
            with trace.step(f"model {attempt + 1}") as step:
                candidate = await writer.write(task.system, user)
                step.detail = f"{candidate.cost}\n{candidate.sql or candidate.reason}"
            if not candidate.sql:
                raise AskwireError(ErrorCode.NOT_ANSWERABLE, f"The tables do not answer this: {candidate.reason}")
            with trace.step(f"guard {attempt + 1}") as step:
                guarded, fault = await self._check(session, task, candidate.sql)
                step.detail = guarded.sql if guarded is not None else fault
            if guarded is not None:
                return self._survivor(task, guarded, attempt), candidate
            user = repair_prompt(task.user, candidate.sql, fault)
        raise AskwireError(ErrorCode.NO_VALID_SQL, f"No statement passed the checks; the last failed with: {fault}")

    async def _check(self, session: Session, task: Task, sql: str) -> tuple[Guarded | None, str]:
        """The checked statement, or why there is none. Raises REFUSED, NOT_ANSWERABLE and UpstreamError (rights)."""
        try:
            guarded = check(sql, task.catalog, task.limit)
            if not guarded.tables:
                raise AskwireError(ErrorCode.NOT_ANSWERABLE, "The tables do not answer this: no table is about it")
            if task.statement.frame is not None:
                guarded = self._framed(task, task.statement.frame, guarded)
        except Rejected as rejected:
            if rejected.fault.refused:
                raise AskwireError(ErrorCode.REFUSED, f"Refused: {rejected.fault.message}") from rejected
            return None, rejected.fault.message
        error = await explain(session, guarded)
        return (None, error) if error is not None else (guarded, "")

    def _framed(self, task: Task, frame: exp.Query, guarded: Guarded) -> Guarded:
        tree = guarded.tree.copy()
        missing = name_outputs(tree, task.wanted)
        if missing:
            raise Rejected(f"the result needs columns called {', '.join(missing)}")
        whole = check(fill_frame(frame, tree), task.catalog, task.limit)
        notes = tuple(dict.fromkeys((*(n for n in guarded.notes if not n.startswith("at most ")), *whole.notes)))
        return replace(whole, notes=notes)

    def _survivor(self, task: Task, guarded: Guarded, repairs: int) -> Survivor:
        mends = sum(1 for note in guarded.notes if note.startswith(("read ", "joined ")))
        return Survivor(guarded, repairs, mends, task.grounding.unknown_share, task.context.left_out > 0)
