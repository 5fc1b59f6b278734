"""From a question to an answer: the steps in order, each timed, each able to say no."""

import time
from dataclasses import dataclass, replace

from conf.settings import Settings
from nl2sql.answerable import Answerable, judge, probe
from nl2sql.cache import Catalogs, Moment, read_moment
from nl2sql.candidates import Writer
from nl2sql.catalog import Catalog
from nl2sql.compose import wanted_columns
from nl2sql.context import build_context, found_too, grounded, named_in, named_words
from nl2sql.followup import FollowUp, follow_up, forget
from nl2sql.guard import Guarded
from nl2sql.idioms import idiom_hints
from nl2sql.known import Knowing, Known
from nl2sql.languages.detect import language_of
from nl2sql.languages.english import ENGLISH
from nl2sql.options import Options
from nl2sql.plugged import said_about
from nl2sql.prompt import system_prompt, user_prompt
from nl2sql.search import Search
from nl2sql.statements import AskStatement
from nl2sql.task import Task
from nl2sql.trace import Trace
from nl2sql.translation import TASK, Translation, translated
from nl2sql.values import FoundValue, find_values
from plugins import AskwireError, Context, ErrorCode, Question, Services, Session

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
    follow: FollowUp | None = None  # what the question goes on from
    said: tuple[Context, ...] = ()  # what plugins, documents among them, added to the prompt


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found out about the question before anything is written."""

    catalog: Catalog
    moment: Moment
    known: Known
    values: tuple[FoundValue, ...]
    follow: FollowUp | None = None
    english: Translation | None = None

    def said(self, question: str) -> str:
        """The question, with what it goes on from, and as it was asked in another language."""
        before = self.follow.questions if self.follow is not None else ()
        asked = (self.english.asked,) if self.english is not None else ()
        return ". ".join(dict.fromkeys((*before, question, *asked)))

    def phrase_hints(self, catalog: Catalog) -> tuple[str, ...]:
        """What the question says about time and groups, read by rules of its own language."""
        said = self.english.phrases if self.english is not None else ""
        return tuple(idiom_hints(said, named_words(catalog)))


class Answerer:
    """Holds what outlives a question: settings, services, catalogs."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self.catalogs = Catalogs(settings.ask.example_values)
        self._knowing = Knowing(services)

    def schema_budget(self, model: str | None = None) -> int:
        """Tokens that the tables may take in the prompt of ``model``, or else of the model that writes SQL."""
        settings = self._settings
        name = model or settings.model.sql or settings.model.name
        room = settings.context_tokens(name) - settings.max_answer_tokens(name)
        return max(MIN_SCHEMA_TOKENS, room - RESERVED_TOKENS)

    async def prefix(self, session: Session) -> str | None:
        """The stable prefix for the session's database; None when the schema is too large to have one."""
        catalog = await self.catalogs.of(session, await read_moment(session))
        context = build_context("", catalog, self.schema_budget())
        return None if context.left_out else system_prompt(context.catalog)

    async def answer(self, session: Session, statement: AskStatement, options: Options, trace: Trace) -> Answered:
        """Raises AskwireError and UpstreamError; ``trace`` holds the steps in any case."""
        limit = min(statement.limit or options.limit, options.limit)
        statement = replace(statement, model=statement.model or options.model)
        writer = Writer(self._services, statement.model, time.monotonic() + options.deadline, str(session.id))
        catalog, moment = await self._catalog(session, trace)
        follow = self._follow(session, statement, catalog, trace)
        if follow is not None:
            statement = replace(statement, question=follow.whole or statement.question)
        known = await self._known(session, statement, follow, catalog, limit, trace)
        if isinstance(known, Answered):
            return replace(known, follow=follow)
        english = await self._translated(statement, catalog, writer, trace)
        if english is not None:
            statement = replace(statement, question=english.question)
            known = await self._known(session, statement, follow, catalog, limit, trace)
            if isinstance(known, Answered):
                return replace(known, follow=follow)
        known = await self._context(session, statement, options, known, trace)
        with trace.step("values") as step:
            said = f"{statement.question} {named_in(statement.question, known.definitions)}".strip()
            said = f"{english.asked} {said}" if english is not None else said
            values = await find_values(session, said, catalog)
            step.show("; ".join(v.hint for v in values) or "-")
        task = self._prompt(statement, _Found(catalog, moment, known, tuple(values), follow, english), limit, trace)
        await self._doubt(task, writer, trace, follow is not None or english is not None)
        verdict = await Search(session, task, writer, options, trace).verdict()
        survivor = verdict.survivor
        model_name = survivor.candidate.completion.model
        return Answered(survivor.guarded, verdict.confidence, catalog, model_name, follow=follow, said=known.said)

    async def _context(
        self, session: Session, statement: AskStatement, options: Options, known: Known, trace: Trace
    ) -> Known:
        """What plugins add to the prompt, and the knowledge bases that the statement or the session names.

        Raises NOT_KNOWN and whatever a plugin refuses with.
        """
        question = Question(statement.question, tuple(statement.bases or options.knowledge), statement.source)
        with trace.step("documents") as step:
            said = await said_about(self._services, session, question, options.deadline)
            step.show("\n".join(f"{line.source}: {line.text}" for line in said) or "-")
        if not said and question == Question(statement.question):
            trace.steps.pop()  # nobody was asked for any
        return replace(known, said=tuple(said))

    async def _catalog(self, session: Session, trace: Trace) -> tuple[Catalog, Moment]:
        if not session.database:
            raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
        with trace.step("catalog") as step:
            moment = await read_moment(session)
            catalog = await self.catalogs.of(session, moment)
            step.say(f"{len(catalog.tables)} tables, {len(catalog.links)} foreign keys")
        return catalog, moment

    @staticmethod
    def _follow(session: Session, statement: AskStatement, catalog: Catalog, trace: Trace) -> FollowUp | None:
        """What the question goes on from; a question in a frame of SQL stands by itself."""
        if statement.frame is not None:
            return None
        follow = follow_up(session, statement.question, catalog)
        if follow is None:
            # Another subject. Should it fail, what comes next does not go on from the one before.
            forget(session)
        else:
            with trace.step("follow-up") as step:
                step.say(f"{follow.because}; read as: {follow.said}" if follow.changed else follow.because)
                step.show(follow.shown())
        return follow

    async def _translated(
        self, statement: AskStatement, catalog: Catalog, writer: Writer, trace: Trace
    ) -> Translation | None:
        """The question in English; None where it is in English already."""
        if language_of(statement.question) is ENGLISH:
            return None
        with trace.step("model translation") as step:
            context = build_context("", catalog, self.schema_budget(statement.model))
            # The prefix of what comes next, where that does not depend on the question.
            system = TASK if context.left_out else system_prompt(context.catalog)
            english = await translated(writer, system, statement.question)
            if english is not None:
                step.show(f"{english.language.name}: {english.question}")
                step.say(f"by rules: {english.phrases}")
        return english

    async def _known(
        self,
        session: Session,
        statement: AskStatement,
        follow: FollowUp | None,
        catalog: Catalog,
        limit: int,
        trace: Trace,
    ) -> Known | Answered:
        """What people taught for the question; the answer where it is a verified query's. Raises UpstreamError."""
        with trace.step("known") as step:
            known = await self._knowing.lookup(
                session, follow.said if follow is not None else statement.question, catalog
            )
            known.tell(step)
            if known.match is not None:
                guarded = await self._knowing.answer(session, known.match, statement, catalog, limit)
                if guarded is not None:
                    name = known.match.query.name
                    return Answered(guarded, 1.0, catalog, f"verified query {name}", name)
        return known

    def _prompt(self, statement: AskStatement, found: _Found, limit: int, trace: Trace) -> Task:
        catalog, known = found.catalog, found.known
        with trace.step("context") as step:
            said = found.said(statement.question)
            budget = self.schema_budget(statement.model)
            context = build_context(statement.question, catalog, budget, known.definitions, said)
            hints = found.phrase_hints(catalog) or context.hints
            hints = (*hints, *(v.hint for v in found.values))
            context = replace(context, hints=hints, values=found.values)
            grounding = grounded(statement.question, catalog, context.terms)
            if found.follow is not None or found.english is not None:
                grounding = found_too(grounding, found.values)
            step.say(f"{len(context.catalog.tables)} tables shown, {context.left_out} left out")
            step.say(f"hints: {'; '.join(context.hints) or '-'}")
            step.say(f"unknown words: {' '.join(grounding.unknown) or '-'}")
            step.say(f"known words: {' '.join((*grounding.names, *grounding.values)) or '-'}")
        with trace.step("prompt") as step:
            wanted = wanted_columns(statement.frame) if statement.frame is not None else ()
            system = system_prompt(context.catalog, with_examples=not context.left_out)
            shown = [(example.question, example.sql) for example in known.examples]
            before, question = "", statement.question
            if found.follow is not None:
                before, question = found.follow.shown(), found.follow.question_shown(question)
            user = user_prompt(question, found.moment.today, context.hints, context.terms, shown, before)
            if wanted:
                user += f"\nThe result's columns are called: {', '.join(wanted)}"
            step.say(f"{len(system)} characters of schema, {len(user)} of question")
            step.show(user)
        return Task(statement, catalog, context, grounding, system, user, limit, wanted, said)

    async def _doubt(self, task: Task, writer: Writer, trace: Trace, lenient: bool = False) -> None:
        """Raises NOT_ANSWERABLE when the question is not about these tables."""
        with trace.step("answerable") as step:
            verdict = judge(task.grounding, lenient)
            step.show(verdict.value)
        if verdict is Answerable.DOUBTFUL:
            with trace.step("model probe") as step:
                yes = await probe(writer, task.system, task.asked.question)
                verdict = Answerable.YES if yes else Answerable.NO
                step.show(verdict.value)
        if verdict is Answerable.NO:
            unknown = ", ".join(task.grounding.unknown[:8]) or "this"
            raise AskwireError(ErrorCode.NOT_ANSWERABLE, f"No table or column is about: {unknown}")
