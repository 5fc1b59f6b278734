"""The statements ASK, SELECT AI, SET ASK and what shows them: from a parsed statement to its answer."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from conf.models import NO_MODEL
from conf.settings import Settings
from knowledge.database import Database
from models_runtime.registry import Models
from nl2sql import docs, reply
from nl2sql.answer import Answered, Answerer
from nl2sql.candidates import Writer
from nl2sql.compose import accepts_compose, parse_compose
from nl2sql.feedback import Last, remember
from nl2sql.followup import remember_answer
from nl2sql.history import COLUMNS, FRAMED, Asked, History
from nl2sql.languages.detect import answer_language
from nl2sql.languages.language import Language
from nl2sql.narrate import Narrator
from nl2sql.options import Options, SessionOptions
from nl2sql.passages import searched, where
from nl2sql.schema_document import SchemaDocuments
from nl2sql.statements import (
    MARKER,
    AskStatement,
    Mode,
    accepts_marked,
    accepts_select_ai,
    accepts_set,
    parse_ask,
    parse_marked,
    parse_select_ai,
    parse_set,
    parse_show_history,
)
from nl2sql.teaching import Teaching
from nl2sql.trace import Step, Trace
from nl2sql.warming import Warming
from nl2sql.writes.service import Writes
from nl2sql.writes.wanted import wants_change
from plugins import (
    Answer,
    AskwireError,
    Column,
    ColumnKind,
    Done,
    ErrorCode,
    Outcome,
    Services,
    Session,
    Statement,
    StatusItem,
    Table,
    UpstreamError,
)
from plugins.readonly import Rejected, check_comments

log = structlog.get_logger("askwire.nl2sql")

HISTORY_SHOWN = 100
_KINDS = {
    "id": ColumnKind.INTEGER,
    "rows": ColumnKind.INTEGER,
    "seconds": ColumnKind.REAL,
    "confidence": ColumnKind.REAL,
}


class Ask:
    """The statements of one gateway and what they share."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._answerer = Answerer(settings, services)
        self._options = SessionOptions(settings)
        self.history = History(services.get(Database), settings.ask.history_size)
        self._teaching = Teaching(settings, services, self._answerer.catalogs, self.history)
        self._writes = Writes(settings, services, self._answerer, self.history)
        self.warming = Warming(settings, services, self._answerer)
        self.asked = 0
        self.failed = 0

    def statements(self) -> list[Statement]:
        return [
            Statement("ask", self._asking(parse_ask), opening=("ASK",)),
            Statement("ask marker", self._asking(parse_marked), marker=MARKER, accepts=accepts_marked),
            Statement("ask in from", self._asking(self._compose), function="ASK", accepts=accepts_compose),
            Statement("select ai", self._asking(parse_select_ai), opening=("SELECT", "AI"), accepts=accepts_select_ai),
            Statement("show ai history", self._show_history, opening=("SHOW", "AI", "HISTORY")),
            Statement("show ask options", self._show_options, opening=("SHOW", "ASK", "OPTIONS")),
            Statement("set ask", self._set_option, opening=("SET", "ASK"), accepts=accepts_set),
            *self._teaching.statements(),
            *self._writes.statements(),
            *SchemaDocuments(self._services).statements(),
        ]

    def status(self) -> list[StatusItem]:
        return [
            StatusItem("ask.statements", str(self.asked)),
            StatusItem("ask.failed", str(self.failed)),
            StatusItem("ask.catalogs", str(len(self._answerer.catalogs))),
        ]

    # ---- ASK

    @staticmethod
    def _compose(text: str) -> AskStatement:
        try:
            check_comments(text)
        except Rejected as rejected:
            raise AskwireError(ErrorCode.REFUSED, f"Refused: {rejected.fault.message}") from rejected
        return parse_compose(text)

    def _asking(self, parse: Callable[[str], AskStatement]) -> Callable[[Session, str], Awaitable[Answer]]:
        async def handle(session: Session, text: str) -> Answer:
            return await self._ask(session, parse(text))

        return handle

    async def _ask(self, session: Session, statement: AskStatement) -> Answer:
        options = self._options.of(session)
        session.facts.question = statement.question
        mode = statement.mode or (Mode.SQL if options.show == "sql" else Mode.ROWS)
        if len(statement.question) > self._settings.ask.max_question_chars:
            raise AskwireError(ErrorCode.QUESTION_TOO_LONG, f"The question has {len(statement.question)} characters")
        self.asked += 1
        trace = Trace()
        try:
            if mode is Mode.DOCS:
                return await self._docs(session, statement, options, trace)
            if options.writes == "rehearse" and wants_change(statement.question):
                return await self._writes.answer(session, statement, mode, options, trace)
            answered = await self._answerer.answer(session, statement, options, trace)
            _tell(session, answered)
            return await self._reply(session, statement, mode, answered, options, trace)
        except (AskwireError, UpstreamError) as error:
            self.failed += 1
            self._record(session, statement, mode, trace, str(error))
            if mode is Mode.TRACE:
                trace.steps.append(Step("error", error=error))
                return reply.as_trace(trace, session.language)
            raise
        except asyncio.CancelledError:
            self._record(session, statement, mode, trace, "cancelled")
            raise

    async def _reply(
        self, session: Session, statement: AskStatement, mode: Mode, answered: Answered, options: Options, trace: Trace
    ) -> Answer:
        if mode is Mode.ROWS:
            return reply.as_rows(answered, options, self._when_run(session, statement, mode, trace, answered))
        if mode is Mode.NARRATE:
            model, until = statement.model or options.model, trace.started + options.deadline
            writer = Writer(self._services, model, until, str(session.id), "narrate")
            narrator = Narrator(writer, language=self._language(session, statement.question))
            given = await reply.as_narrative(session, answered, statement.question, narrator, options)
        elif mode is Mode.SQL:
            given = reply.as_sql(answered, session.language)
        elif mode is Mode.WHY:
            given = reply.as_why(answered, self._language(session, statement.question))
        else:
            given = reply.as_trace(trace, session.language, reply.notes(answered))
        self._record(session, statement, mode, trace, "shown", answered)
        return given

    def _language(self, session: Session, question: str) -> Language:
        return answer_language(question, session.state, self._settings.language)

    async def _docs(self, session: Session, statement: AskStatement, options: Options, trace: Trace) -> Answer:
        """Raises AskwireError."""
        names = statement.bases or options.knowledge
        knowledge = await searched(self._services, session, names, statement.source)
        model, until = statement.model or options.model, trace.started + options.deadline
        writer = None
        if self._settings.model.name != NO_MODEL:
            writer = Writer(self._services, model, until, str(session.id), "narrate")
        given = await docs.answer(statement.question, knowledge.search, writer, knowledge.compare)
        session.facts.passages = tuple(dict.fromkeys(where(sentence.passage) for sentence in given.sentences))
        session.facts.model = given.model or ""
        self._record(session, statement, Mode.DOCS, trace, "shown", model=given.model)
        return reply.as_docs(given, session.language)

    def _when_run(
        self, session: Session, statement: AskStatement, mode: Mode, trace: Trace, answered: Answered
    ) -> Callable[[Outcome], None]:
        def finished(outcome: Outcome) -> None:
            ended = "cancelled" if outcome.cancelled else str(outcome.error) if outcome.error else "ok"
            self.failed += ended not in ("ok", "cancelled")
            self._record(session, statement, mode, trace, ended, answered, outcome.rows)

        return finished

    def _record(
        self,
        session: Session,
        statement: AskStatement,
        mode: Mode,
        trace: Trace,
        outcome: str,
        answered: Answered | None = None,
        rows: int | None = None,
        model: str | None = None,
    ) -> None:
        asked = Asked(
            session.upstream,
            session.account,
            session.database or "",
            mode.value if statement.frame is None else FRAMED,
            statement.question,
            outcome,
            trace.seconds,
            answered.guarded.sql if answered else None,
            rows,
            answered.model if answered else model,
            answered.confidence if answered else None,
        )
        entry = self.history.add(asked)
        guarded = answered.guarded if answered is not None and statement.frame is None else None
        remember(session, Last(asked.question, asked.database, guarded, answered.verified if answered else "", entry))
        if guarded is not None and answered is not None and outcome in ("ok", "shown"):
            remember_answer(
                session, statement.question, guarded.tree.sql(dialect="mysql", comments=False), answered.follow
            )
        words = {"question": asked.question, "sql": asked.sql} if self._settings.log.statements else {}
        log.info(
            "asked",
            mode=asked.mode,
            outcome=outcome if outcome in ("ok", "shown", "cancelled") else "failed",
            seconds=round(asked.seconds, 3),
            outside_model=round(trace.seconds - trace.model_s, 3),
            session=session.id,
            **words,
        )

    # ---- SHOW and SET

    async def _show_history(self, session: Session, text: str) -> Answer:
        wanted = parse_show_history(text)
        limit = HISTORY_SHOWN if wanted is None else min(wanted, 100_000)
        rows = await self.history.of(session.upstream, session.account, limit)
        columns = tuple(Column(name, _KINDS.get(name, ColumnKind.TEXT)) for name in COLUMNS)
        return Table(columns, rows)  # type: ignore[arg-type]  # SQLite gives str, int, float and None

    async def _show_options(self, session: Session, _text: str) -> Answer:
        columns = (Column("option"), Column("value"), Column("takes"), Column("meaning"))
        return Table(columns, self._options.rows(session))

    async def _set_option(self, session: Session, text: str) -> Answer:
        option = parse_set(text)
        value = self._options.read(option.name, option.value)
        models = self._services.get(Models)
        if option.name == "model" and value is not None and models is not None:
            models.check(value)
        if option.name == "knowledge" and value:
            await searched(self._services, session, value)
        self._options.set(session, option.name, value)
        return Done()

    async def close(self) -> None:
        await self.warming.close()
        await self.history.close()


def _tell(session: Session, answered: Answered) -> None:
    facts = session.facts
    facts.sql, facts.model = answered.guarded.sql, answered.model
    facts.tables = tuple(answered.guarded.tables)
    facts.passages = tuple(dict.fromkeys(context.source for context in answered.said if context.source))
