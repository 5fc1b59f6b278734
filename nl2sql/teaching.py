"""The statements by which people teach askwire: terms, verified queries, feedback."""

from collections.abc import Sequence

from conf.settings import Settings
from knowledge.records import Place, Taught, Term, VerifiedQuery
from knowledge.store import Store
from nl2sql.cache import Catalogs, read_moment
from nl2sql.catalog import Catalog
from nl2sql.feedback import ORIGIN, Last, disproved, example_name, last_of
from nl2sql.guard import Guarded
from nl2sql.history import History
from nl2sql.matching import QUESTION_CHARS, dated
from nl2sql.teaching_grammar import (
    Feedback,
    Judgement,
    accepts_feedback,
    parse_create_query,
    parse_create_term,
    parse_drop_query,
    parse_drop_term,
    parse_feedback,
    parse_show,
    printable,
)
from nl2sql.verified import missing, verified_query, verify
from plugins import Answer, AskwireError, Column, Done, ErrorCode, Note, Services, Session, Statement, Table
from plugins.words import translated

QUERY_COLUMNS = ("name", "question", "sql", "status", "origin", "owner", "counts_for", "changed_at")
TERM_COLUMNS = ("term", "definition", "owner", "counts_for", "changed_at")


class Teaching:
    """The handlers, and what they share with ASK: the catalogs and the history."""

    def __init__(self, settings: Settings, services: Services, catalogs: Catalogs, history: History) -> None:
        self._ask = settings.ask
        self._services = services
        self._catalogs = catalogs
        self._history = history

    def statements(self) -> list[Statement]:
        create, replace = ("CREATE",), ("CREATE", "OR", "REPLACE")
        return [
            *(Statement("create term", self._create_term, (*lead, "TERM")) for lead in (create, replace)),
            *(
                Statement("create query", self._create_query, (*lead, "VERIFIED", "QUERY"))
                for lead in (create, replace)
            ),
            Statement("drop term", self._drop_term, ("DROP", "TERM")),
            Statement("drop query", self._drop_query, ("DROP", "VERIFIED", "QUERY")),
            Statement("show ai terms", self._show_terms, ("SHOW", "AI", "TERMS")),
            Statement("show ai queries", self._show_queries, ("SHOW", "AI", "QUERIES")),
            Statement("feedback", self._feedback, ("FEEDBACK",), accepts=accepts_feedback),
        ]

    # ---- terms

    async def _create_term(self, session: Session, text: str) -> Answer:
        created = parse_create_term(text)
        term = Term(created.name, created.definition)
        shared = await self._store().put(_place(session), session.account, term, or_replace=created.or_replace)
        return Done(1, (_counts_for(shared, session),))

    async def _drop_term(self, session: Session, text: str) -> Answer:
        await self._store().drop(Term, _place(session), session.account, parse_drop_term(text))
        return Done(1)

    async def _show_terms(self, session: Session, text: str) -> Answer:
        parse_show(text, "TERMS")
        taught = await self._taught(session)
        rows = [(t.name, t.definition, t.owner, _audience(t), t.changed_at) for t in taught.terms]
        return Table(tuple(Column(name) for name in TERM_COLUMNS), rows)

    # ---- verified queries

    async def _create_query(self, session: Session, text: str) -> Answer:
        created = parse_create_query(text)
        if len(created.question) > min(QUESTION_CHARS, self._ask.max_question_chars):
            raise AskwireError(ErrorCode.QUESTION_TOO_LONG, f"The question has {len(created.question)} characters")
        guarded = await self._verified(session, created.sql)
        query = verified_query(created.name, printable(created.question), guarded)
        shared = await self._store().put(_place(session), session.account, query, or_replace=created.or_replace)
        return Done(1, (Note(f"SQL: {query.sql}"), *_doubts(query, guarded), _counts_for(shared, session)))

    async def _drop_query(self, session: Session, text: str) -> Answer:
        await self._store().drop(VerifiedQuery, _place(session), session.account, parse_drop_query(text))
        return Done(1)

    async def _show_queries(self, session: Session, text: str) -> Answer:
        parse_show(text, "QUERIES")
        taught = await self._taught(session)
        catalog = await self._catalog(session)
        editor = self._store().is_editor(session.account)
        rows = [row for query in taught.queries if (row := _query_row(query, catalog, session, editor))]
        return Table(tuple(Column(name) for name in QUERY_COLUMNS), rows)

    # ---- feedback

    async def _feedback(self, session: Session, text: str) -> Answer:
        feedback = parse_feedback(text)
        last = last_of(session) if feedback.entry is None else await self._of_history(session, feedback)
        if feedback.judgement is Judgement.BAD:
            notes = await self._forget(session, last)
        else:
            notes = await self._keep(session, last, feedback)
        said = f"{feedback.judgement.value}: {feedback.text}" if feedback.text else feedback.judgement.value
        await self._history.mark(last.entry, said)
        return Done(1, notes)

    async def _of_history(self, session: Session, feedback: Feedback) -> Last:
        """A question that the account asked before; it has to be asked in the same database again."""
        asked = await self._history.asked(session.upstream, session.account, feedback.entry or 0)
        if asked is None:
            raise AskwireError(ErrorCode.NOTHING_ASKED, f"You did not ask a question {feedback.entry}")
        database, question, sql = asked
        if database != (session.database or ""):
            raise AskwireError(ErrorCode.NOTHING_ASKED, f"It was asked in the database {database!r}")
        guarded = None
        if feedback.judgement is Judgement.GOOD and sql:
            # The cap that ASK adds is not a part of the answer.
            guarded = await self._verified(session, sql.removesuffix(f" LIMIT {self._ask.limit}"))
        return Last(question, database, guarded, entry=feedback.entry)

    async def _forget(self, session: Session, last: Last) -> tuple[Note, ...]:
        """Drop the examples that gave this answer, as far as they are the account's to drop."""
        taught = await self._taught(session)
        editor = self._store().is_editor(session.account)
        notes: list[Note] = []
        for query in disproved(last, taught.queries):
            if query.shared and not editor:
                notes.append(Note(f"The shared example {query.name} stays: only an editor may drop it", "Warning"))
                continue
            await self._store().drop(VerifiedQuery, _place(session), session.account, query.name)
            notes.append(Note(f"The example {query.name} is gone"))
        if last.verified and not notes:
            notes.append(Note(f"DROP VERIFIED QUERY {last.verified} takes away the query that answered", "Warning"))
        return tuple(notes)

    async def _keep(self, session: Session, last: Last, feedback: Feedback) -> tuple[Note, ...]:
        if feedback.judgement is Judgement.CORRECTED:
            guarded = await self._verified(session, feedback.text)
        elif last.guarded is None:
            raise AskwireError(ErrorCode.NOTHING_ASKED, "The last question has no answer to keep")
        elif last.verified:
            return (Note(f"It was answered by the verified query {last.verified} already"),)
        else:
            guarded = last.guarded
        taught = await self._taught(session)
        query = verified_query(example_name(last.question, taught.queries), printable(last.question), guarded, ORIGIN)
        shared = await self._store().put(_place(session), session.account, query, or_replace=True)
        return (
            Note(f"Verified query {query.name}: {query.sql}"),
            *_doubts(query, guarded),
            _counts_for(shared, session),
        )

    # ---- what they share

    def _store(self) -> Store:
        store = self._services.get(Store)
        if store is None:
            raise AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, "This gateway runs without the knowledge plugin")
        return store

    async def _taught(self, session: Session) -> Taught:
        return await self._store().taught(_place(session), session.account)

    async def _catalog(self, session: Session) -> Catalog:
        """Empty for an account that sees no table."""
        try:
            return await self._catalogs.of(session, await read_moment(session))
        except AskwireError as error:
            if error.code is ErrorCode.NO_TABLES:
                return Catalog(session.database or "")
            raise

    async def _verified(self, session: Session, sql: str) -> Guarded:
        _place(session)
        catalog = await self._catalogs.of(session, await read_moment(session))
        return await verify(session, sql, catalog, self._ask.limit)


def _place(session: Session) -> Place:
    if not session.database:
        raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
    return Place(session.upstream, session.database)


def _audience(item: Term | VerifiedQuery) -> str:
    return "everybody" if item.shared else item.owner


def _counts_for(shared: bool, session: Session) -> Note:
    return Note("It counts for everybody" if shared else f"It counts for {session.account} alone")


def _doubts(query: VerifiedQuery, guarded: Guarded) -> tuple[Note, ...]:
    notes = [Note(f"Assumed: {note}", "Warning") for note in guarded.notes if not note.startswith("at most ")]
    if dated(query.question, query.sql):
        said = "It is only an example: its SQL names days where the question asks for relative ones; use CURRENT_DATE"
        notes.append(Note(said, "Warning"))
    return tuple(notes)


def _query_row(query: VerifiedQuery, catalog: Catalog, session: Session, editor: bool) -> Sequence[str | None] | None:
    """A row of SHOW AI QUERIES; None when the account may not know of the query."""
    reason = missing(query, catalog)
    question: str | None = query.question
    sql: str | None = query.sql
    if reason is not None and query.owner != session.account:
        if not editor:
            return None
        # An editor may drop it, but its text is for those who see its tables.
        question, sql, reason = None, None, "tables that you do not see"
    status = "ok" if reason is None else f"broken: {translated(reason, session.language)}"
    return (query.name, question, sql, status, query.origin, query.owner, _audience(query), query.changed_at)
