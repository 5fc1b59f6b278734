"""From a question to an answer: the steps in order, each timed, each able to say no."""

import time
from dataclasses import dataclass, replace

from conf.settings import Settings
from nl2sql.answerable import Answerable, judge, probe
from nl2sql.cache import Catalogs, Moment, read_moment
from nl2sql.candidates import Writer
from nl2sql.catalog import Catalog
from nl2sql.compose import wanted_columns
from nl2sql.context import build_context, grounded
from nl2sql.guard import Guarded
from nl2sql.options import Options
from nl2sql.prompt import system_prompt, user_prompt
from nl2sql.search import Search
from nl2sql.statements import AskStatement
from nl2sql.task import Task
from nl2sql.trace import Trace
from nl2sql.values import FoundValue, find_values
from nl2sql.vote import Verdict
from plugins import AskwireError, ErrorCode, Services, Session

# Of the context: what the instructions, the question, hints and a repair take beside the tables.
RESERVED_TOKENS = 1_200
MIN_SCHEMA_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """A checked statement and everything that there is to say about it."""

    verdict: Verdict
    catalog: Catalog
    model: str

    @property
    def guarded(self) -> Guarded:
        return self.verdict.survivor.guarded


class Answerer:
    """Holds what outlives a question: settings, services, catalogs."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self.catalogs = Catalogs(settings.ask.example_values)
        self.x_terms: tuple[str, ...] = ()

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
        writer = Writer(self._services, model, time.monotonic() + options.deadline, str(session.id))
        task = await self._task(session, statement, limit, trace)
        await self._doubt(task, writer, trace)
        verdict = await Search(session, task, writer, options, trace, [], [], []).verdict()
        return Answered(verdict, task.catalog, verdict.survivor.candidate.completion.model)

    async def _task(self, session: Session, statement: AskStatement, limit: int, trace: Trace) -> Task:
        if not session.database:
            raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
        with trace.step("catalog") as step:
            moment = await read_moment(session)
            catalog = await self.catalogs.of(session, moment)
            step.detail = f"{len(catalog.tables)} tables, {len(catalog.links)} foreign keys"
        with trace.step("values") as step:
            values = await find_values(session, statement.question, catalog)
            step.detail = "; ".join(v.hint for v in values) or "none"
        return self._prompt(statement, catalog, moment, limit, trace, tuple(values))

    def _prompt(
        self,
        statement: AskStatement,
        catalog: Catalog,
        moment: Moment,
        limit: int,
        trace: Trace,
        values: tuple[FoundValue, ...],
    ) -> Task:
        with trace.step("context") as step:
            context = build_context(statement.question, catalog, self.schema_budget(), self.x_terms)
            context = replace(context, hints=(*context.hints, *(v.hint for v in values)), values=values)
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
