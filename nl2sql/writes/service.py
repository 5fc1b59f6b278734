"""A change by question, from the words to the rehearsal, and CONFIRM."""

import time
from dataclasses import dataclass, replace

from conf.settings import Settings
from nl2sql.answer import Answerer
from nl2sql.cache import read_moment
from nl2sql.candidates import Writer
from nl2sql.catalog import Catalog
from nl2sql.context import build_context, named_in
from nl2sql.feedback import Last, remember
from nl2sql.guard import NEEDS_RIGHTS
from nl2sql.history import Asked, History
from nl2sql.known import Knowing
from nl2sql.options import Options
from nl2sql.plugged import objection
from nl2sql.prompt import repair_prompt, system_prompt
from nl2sql.statements import AskStatement, Mode
from nl2sql.trace import Trace
from nl2sql.values import find_values
from nl2sql.writes import pending
from nl2sql.writes.guard import Change, Writing, check_change
from nl2sql.writes.prompt import change_prompt
from nl2sql.writes.rehearsal import Rehearsed, rehearse, run_for_good
from plugins import (
    Answer,
    AskwireError,
    Column,
    Done,
    ErrorCode,
    Note,
    Services,
    Session,
    Statement,
    Table,
    UpstreamError,
    WrittenSql,
)
from plugins.readonly import Rejected, parse_statement
from plugins.words import translated

COLUMNS = (Column("item"), Column("detail"), Column("before"), Column("after"))
SQL_COLUMNS = (Column("sql"), Column("table"), Column("notes"))
# SQLSTATE classes of errors that lie in the statement: wrong names and syntax, values, numbers of columns.
_ITS_OWN_FAULT = ("42", "22", "21")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The prompt, and the catalog that it shows."""

    question: str
    catalog: Catalog
    system: str
    user: str


class Writes:
    """Of one gateway."""

    def __init__(self, settings: Settings, services: Services, answerer: Answerer, history: History) -> None:
        self._settings = settings.ask
        self._services = services
        self._answerer = answerer
        self._history = history
        self._knowing = Knowing(services)

    def statements(self) -> list[Statement]:
        return [Statement("confirm", self.confirm, opening=("CONFIRM",), accepts=pending.accepts_confirm)]

    async def answer(
        self, session: Session, statement: AskStatement, mode: Mode, options: Options, trace: Trace
    ) -> Answer:
        """ASK rehearses, ASK SQL only shows. Raises AskwireError and UpstreamError; ``trace`` holds the steps."""
        if mode not in (Mode.ROWS, Mode.SQL) or statement.frame is not None:
            raise AskwireError(ErrorCode.REFUSED, "A change of the data can be asked with ASK and ASK SQL only")
        rehearses = mode is Mode.ROWS
        change, rehearsed, model = await self._written(session, statement, options, trace, rehearses)
        self._remember(session, statement.question, mode.value, trace.seconds, change, rehearsed, model)
        if rehearsed is None:
            row = (change.sql, change.table.name, "; ".join(translated(n, session.language) for n in change.notes))
            return Table(SQL_COLUMNS, [row], _notes(change, ()))
        number = self._keep(session, statement.question, rehearsed) if rehearsed.affected else None
        return self._shown(rehearsed, number, session.language)

    async def _written(
        self, session: Session, statement: AskStatement, options: Options, trace: Trace, rehearses: bool
    ) -> tuple[Change, Rehearsed | None, str]:
        """The first statement of the model that passes the checks and, with ``rehearses``, can be rehearsed."""
        until = time.monotonic() + options.deadline
        writer = Writer(self._services, statement.model or options.model, until, str(session.id))
        asked = await self._asked(session, statement.question, trace)
        user, fault = asked.user, ""
        for attempt in range(1 + options.repair):
            with trace.step(f"model {attempt + 1}") as step:
                candidate = await writer.write(asked.system, user)
                candidate.tell(step)
            if not candidate.sql:
                raise AskwireError(ErrorCode.NOT_ANSWERABLE, f"The tables do not take this: {candidate.reason}")
            session.facts.sql, session.facts.model = candidate.sql, candidate.completion.model
            try:
                change, rehearsed = await self._tried(session, candidate.sql, asked, trace, rehearses)
            except Rejected as rejected:
                fault = rejected.fault.message
                user = repair_prompt(asked.user, candidate.sql, fault)
                continue
            return change, rehearsed, candidate.completion.model
        raise AskwireError(ErrorCode.NO_VALID_SQL, f"No statement passed the checks; the last failed with: {fault}")

    async def _tried(
        self, session: Session, sql: str, asked: _Asked, trace: Trace, rehearses: bool
    ) -> tuple[Change, Rehearsed | None]:
        """Check and rehearse one statement. Raises Rejected where the model may mend it."""
        try:
            with trace.step("guard") as step:
                change = check_change(sql, asked.catalog)
                step.show(change.sql)
                _tell(session, change)
                if reason := await self._objection(session, change, asked.question):
                    step.say(reason)
                    raise Rejected(reason)
            if not rehearses:
                return change, None
            with trace.step("rehearsal"):
                return change, await rehearse(session, change, self._settings.max_changed_rows)
        except Rejected as rejected:
            if rejected.fault.refused:
                raise AskwireError(ErrorCode.REFUSED, f"Refused: {rejected.fault.message}") from rejected
            raise
        except UpstreamError as error:
            if error.sqlstate[:2] not in _ITS_OWN_FAULT or error.number in NEEDS_RIGHTS:
                raise
            raise Rejected(error.message) from error

    async def _objection(self, session: Session, change: Change, question: str) -> str | None:
        """Why plugins do not want it. Raises AskwireError and UpstreamError."""
        tree = parse_statement(change.sql)
        assert isinstance(tree, Writing)
        written = WrittenSql(change.sql, tree, (change.table.name,), question, changes=True)
        return await objection(self._services, session, written)

    async def _asked(self, session: Session, question: str, trace: Trace) -> _Asked:
        """The prompt of the question."""
        if not session.database:
            raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
        with trace.step("catalog") as step:
            moment = await read_moment(session)
            catalog = await self._answerer.catalogs.of(session, moment)
            step.say(f"{len(catalog.tables)} tables")
        with trace.step("prompt") as step:
            terms = (await self._knowing.lookup(session, question, catalog)).definitions
            values = await find_values(session, f"{question} {named_in(question, terms)}".strip(), catalog)
            context = build_context(question, catalog, self._answerer.schema_budget(), terms)
            user = change_prompt(question, moment.today, [v.hint for v in values], context.terms)
            step.show(user)
        return _Asked(question, catalog, system_prompt(context.catalog), user)

    def _keep(self, session: Session, question: str, rehearsed: Rehearsed) -> int:
        until = time.monotonic() + self._settings.confirm_s
        return pending.keep(session, pending.Waiting(rehearsed, session.database or "", question, until))

    def _shown(self, rehearsed: Rehearsed, number: int | None, language: str) -> Answer:
        """What was tried, one item a line; then the rows that it changed."""
        change = rehearsed.change
        also = list(rehearsed.also)
        if len(rehearsed.rows) < rehearsed.affected:
            also.append(f"{rehearsed.affected - len(rehearsed.rows)} more rows are not shown")
        items: list[tuple[str, str | None]] = [("statement", change.sql), ("rows", str(rehearsed.affected))]
        if number is not None:
            items.append(("confirm", f"CONFIRM {number}"))
            valid = translated(f"{self._settings.confirm_s:g} seconds, once, in this session", language)
            items.append(("valid", valid))
        items += [("also", translated(text, language)) for text in also]
        rows: list[tuple[str | None, ...]] = [(item, detail, None, None) for item, detail in items]
        rows += [("row", row.key, row.before, row.after) for row in rehearsed.rows]
        how = f"Nothing has changed yet: CONFIRM {number}" if number is not None else "It would change nothing"
        return Table(COLUMNS, rows, (Note(how), *_notes(change, rehearsed.also)))

    # ---- CONFIRM

    async def confirm(self, session: Session, text: str) -> Answer:
        """Run a rehearsed statement for good. Raises NOTHING_TO_CONFIRM, CHANGED_MEANWHILE, UpstreamError …"""
        started = time.monotonic()
        waiting = pending.take(session, pending.parse_confirm(text))
        before = waiting.rehearsed
        session.facts.question = waiting.question
        _tell(session, before.change)
        catalog = await self._answerer.catalogs.of(session, await read_moment(session))
        try:
            change = check_change(before.change.sql, catalog)
        except Rejected as rejected:
            message = f"The tables have changed: {rejected.fault.message}"
            raise AskwireError(ErrorCode.CHANGED_MEANWHILE, message) from rejected
        if reason := await self._objection(session, change, waiting.question):
            raise AskwireError(ErrorCode.REFUSED, f"Refused: {reason}")
        affected = await run_for_good(session, replace(before, change=change), self._settings.max_changed_rows)
        self._remember(session, waiting.question, "confirm", time.monotonic() - started, change, before, None)
        notes = _notes(change, before.also)
        if session.in_transaction:
            notes = (*notes, Note("Your transaction is still open: COMMIT or ROLLBACK decides", level="Warning"))
        return Done(affected, notes)

    def _remember(
        self,
        session: Session,
        question: str,
        mode: str,
        seconds: float,
        change: Change,
        rehearsed: Rehearsed | None,
        model: str | None,
    ) -> None:
        outcome = "ok" if mode == "confirm" else "shown" if rehearsed is None else "rehearsed"
        rows = rehearsed.affected if rehearsed is not None else None
        database = session.database or ""
        entry = self._history.add(
            Asked(
                session.upstream, session.account, database, mode, question, outcome, seconds, change.sql, rows, model
            )
        )
        remember(session, Last(question, database, entry=entry))  # there is no answer that FEEDBACK could keep


def _tell(session: Session, change: Change) -> None:
    session.facts.sql, session.facts.tables = change.sql, (change.table.name,)


def _notes(change: Change, also: tuple[str, ...]) -> tuple[Note, ...]:
    """The rows of SHOW WARNINGS."""
    assumed = (Note(f"Assumed: {note}") for note in change.notes)
    return (Note(f"SQL: {change.sql}"), *assumed, *(Note(f"Also: {text}", level="Warning") for text in also))
