"""Registers ASK and its company with the gateway, exactly as a third-party plugin would."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
import typer

from conf.models import NO_MODEL
from conf.settings import Settings
from knowledge.database import Database
from models_runtime.registry import Models
from nl2sql import docs, reply
from nl2sql.answer import Answered, Answerer
from nl2sql.candidates import Writer
from nl2sql.evaluation.commands import commands
from nl2sql.feedback import Last, remember
from nl2sql.followup import remember_answer
from nl2sql.history import COLUMNS, Asked, History
from nl2sql.narrate import Narrator
from nl2sql.options import Options, SessionOptions
from nl2sql.passages import searched
from nl2sql.readonly import Rejected, check_comments
from nl2sql.schema_document import SchemaDocuments
from nl2sql.statements import (
    MARKER,
    AskStatement,
    Mode,
    accepts_compose,
    accepts_marked,
    accepts_select_ai,
    accepts_set,
    parse_ask,
    parse_compose,
    parse_marked,
    parse_select_ai,
    parse_set,
    parse_show_history,
)
from nl2sql.teaching import Teaching
from nl2sql.trace import Step, Trace
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
    hookimpl,
)
from plugins.types import Lifespan

if TYPE_CHECKING:
    import fastapi

log = structlog.get_logger("askwire.nl2sql")

HISTORY_SHOWN = 100
WARMED = 64
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
        self._warmed: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
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
            return await self._reply(session, statement, mode, answered, options, trace)
        except (AskwireError, UpstreamError) as error:
            self.failed += 1
            self._record(session, statement, mode, trace, str(error))
            if mode is Mode.TRACE:
                trace.steps.append(_error_step(error))
                return reply.as_trace(trace)
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
            given = await reply.as_narrative(session, answered, statement.question, Narrator(writer), options)
        elif mode is Mode.SQL:
            given = reply.as_sql(answered)
        elif mode is Mode.WHY:
            given = reply.as_why(answered, statement.question)
        else:
            given = reply.as_trace(trace, reply.notes(answered))
        self._record(session, statement, mode, trace, "shown", answered)
        return given

    async def _docs(self, session: Session, statement: AskStatement, options: Options, trace: Trace) -> Answer:
        """Raises AskwireError."""
        names = statement.bases or options.knowledge
        knowledge = await searched(self._services, session, names, statement.source)
        model, until = statement.model or options.model, trace.started + options.deadline
        writer = None
        if self._settings.model.name != NO_MODEL:
            writer = Writer(self._services, model, until, str(session.id), "narrate")
        given = await docs.answer(statement.question, knowledge.search, writer, knowledge.compare)
        self._record(session, statement, Mode.DOCS, trace, "shown", model=given.model)
        return reply.as_docs(given)

    def _when_run(
        self, session: Session, statement: AskStatement, mode: Mode, trace: Trace, answered: Answered
    ) -> Callable[[Outcome], None]:
        def finished(outcome: Outcome) -> None:
            ended = "cancelled" if outcome.cancelled else str(outcome.error) if outcome.error else "ok"
            self.failed += ended != "ok"
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
            mode.value,
            statement.question,
            outcome,
            trace.seconds,
            answered.guarded.sql if answered else None,
            rows,
            answered.model if answered else model,
            answered.confidence if answered else None,
        )
        entry = self.history.add(asked)
        # The SQL of a frame around ASK('q') is not the answer to the question alone.
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
        rows = await self.history.of(session.upstream, session.account, min(wanted or HISTORY_SHOWN, 100_000))
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

    # ---- warming

    async def database_selected(self, session: Session) -> None:
        """Read the catalog now, and let the model read the schema in the background, so that the first ASK is quick."""
        models = self._services.get(Models)
        if models is None or not self._settings.ask.warm:
            return
        try:
            prefix = await self._answerer.prefix(session)
        except (AskwireError, UpstreamError) as error:
            log.debug("not_warmed", reason=str(error))
            return
        if prefix is None or prefix in self._warmed:
            return
        self._warmed[prefix] = None
        while len(self._warmed) > WARMED:
            self._warmed.popitem(last=False)
        task = asyncio.create_task(self._warm(models, prefix))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _warm(self, models: Models, prefix: str) -> None:
        started = time.monotonic()
        try:
            await models.warm(prefix)
        except AskwireError as error:
            self._warmed.pop(prefix, None)
            log.info("not_warmed", reason=str(error))
        except Exception:
            self._warmed.pop(prefix, None)
            log.exception("not_warmed")
        else:
            log.info("warmed", seconds=round(time.monotonic() - started, 3), characters=len(prefix))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.history.close()


def _error_step(error: AskwireError | UpstreamError) -> Step:
    return Step("error", 0.0, str(error))


@hookimpl
def askwire_lifespan(settings: Settings, services: Services) -> Lifespan:
    return _lifespan(settings, services)


@asynccontextmanager
async def _lifespan(settings: Settings, services: Services) -> AsyncIterator[None]:
    ask = Ask(settings, services)
    services.add(ask)
    try:
        yield
    finally:
        await ask.close()


@hookimpl
def askwire_statements(services: Services) -> Sequence[Statement]:
    ask = services.get(Ask)
    return ask.statements() if ask is not None else []


@hookimpl
async def askwire_database_selected(session: Session, services: Services) -> None:
    ask = services.get(Ask)
    if ask is not None:
        await ask.database_selected(session)


@hookimpl
def askwire_status(services: Services) -> Sequence[StatusItem]:
    ask = services.get(Ask)
    return ask.status() if ask is not None else []


@hookimpl
def askwire_http(settings: Settings, services: Services) -> "Sequence[fastapi.APIRouter]":
    from nl2sql import http  # only a gateway with an admin endpoint needs FastAPI

    ask = services.get(Ask)
    return http.routers(settings, services, ask.history) if ask is not None else []


@hookimpl
def askwire_commands() -> typer.Typer:
    return commands
