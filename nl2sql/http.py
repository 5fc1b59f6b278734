"""Routes of the admin endpoint: terms, verified queries, the history. What is written here counts for everybody."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from conf.settings import Settings
from knowledge.records import Place, Term, VerifiedQuery
from knowledge.store import EVERYBODY, Store
from nl2sql.history import History
from nl2sql.teaching_grammar import DEFINITION_CHARS, WHY_CHARS, printable
from plugins import AskwireError, ErrorCode, Services
from plugins.grammar import NAME_CHARS
from plugins.http import DatabaseLogins
from plugins.literals import quote_literal

OPERATOR = "operator"  # whose a term is that came over HTTP
_MOST_ID = 2**63 - 1
Database = Annotated[str, Query(min_length=1, max_length=128)]
Limit = Annotated[int, Query(ge=1, le=1000)]
_Login = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_Sql = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"\S")]
_Name = Annotated[str, Path(min_length=1, max_length=NAME_CHARS)]


class Body(BaseModel):
    """Of a request: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class DatabaseShown(BaseModel):
    upstream: str
    database: str


class Databases(BaseModel):
    databases: list[DatabaseShown]


class TermShown(BaseModel):
    name: str
    definition: str
    owner: str
    changed_at: str


class Terms(BaseModel):
    terms: list[TermShown]


class QueryShown(BaseModel):
    name: str
    question: str
    sql: str
    origin: str
    owner: str
    changed_at: str


class Queries(BaseModel):
    queries: list[QueryShown]


class NewTerm(Body):
    database: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    definition: Annotated[str, StringConstraints(min_length=1, max_length=DEFINITION_CHARS, pattern=r"\S")]


class NewQuery(Body):
    """``login``: whose rights check the SQL, and whose database it is for."""

    login: _Login
    question: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"\S")]
    sql: _Sql


class Judged(Body):
    """``text``: why it is bad, or with ``as`` the SQL that is right."""

    login: _Login
    judgement: Literal["good", "bad", "as"]
    text: Annotated[str, StringConstraints(max_length=100_000)] = ""


class Entry(BaseModel):
    """One question. ``outcome``: ``ok``, ``shown``, ``cancelled`` or the error's message."""

    id: int
    account: str
    database: str
    asked_at: str
    mode: str
    question: str
    sql: str | None
    outcome: str
    rows: int | None
    seconds: float
    model: str | None
    confidence: float | None
    feedback: str | None


class Entries(BaseModel):
    entries: list[Entry]


class Saved(BaseModel):
    name: str


class Deleted(BaseModel):
    deleted: bool = Field(True)


class Noted(BaseModel):
    noted: bool = Field(True)


def routers(settings: Settings, services: Services, history: History) -> list[APIRouter]:
    """Without the knowledge plugin there is only the history, which is empty then."""
    store = services.get(Store)
    upstream = settings.upstream_name
    asked = _history_routes(services, history, upstream)
    return (
        [asked] if store is None else [asked, _term_routes(store, upstream), _query_routes(services, store, upstream)]
    )


def _history_routes(services: Services, history: History, upstream: str) -> APIRouter:
    router = APIRouter(tags=["history"])

    @router.get("/history")
    async def latest(
        limit: Limit = 100,
        before: Annotated[int | None, Query(ge=0, le=_MOST_ID)] = None,
        account: Annotated[str | None, Query(max_length=300)] = None,
    ) -> Entries:
        """What was asked, the newest first; ``before``: an id of the page before."""
        return _entries(await history.page(upstream, limit, before, account))

    @router.get("/slow")
    async def slowest(limit: Limit = 20) -> Entries:
        """The AI statements of the history that took longest."""
        return _entries(await history.slowest(upstream, limit))

    @router.post("/history/{id}/feedback")
    async def feedback(id: Annotated[int, Path(ge=1, le=_MOST_ID)], judged: Judged, request: Request) -> Noted:
        """Say how good an answer was: ``FEEDBACK id GOOD | BAD | AS …`` as the account that asked."""
        await _run(services, request, judged.login, f"FEEDBACK {id} {_judgement(judged)}")
        return Noted()

    return router


def _term_routes(store: Store, upstream: str) -> APIRouter:
    router = APIRouter(tags=["terms"])

    @router.get("/databases")
    async def databases() -> Databases:
        """Databases of this upstream that have terms or verified queries."""
        found = await store.databases(upstream)
        return Databases(databases=[DatabaseShown(upstream=upstream, database=name) for name in found])

    @router.get("/terms")
    async def terms(database: Database) -> Terms:
        """The terms that count for everybody."""
        taught = await store.taught(Place(upstream, database), EVERYBODY)
        return Terms(terms=[TermShown.model_validate(term, from_attributes=True) for term in taught.terms])

    @router.put("/terms/{name:path}")
    async def put_term(name: _Name, new: NewTerm) -> Saved:
        """Say what a word means, to everybody."""
        term = Term(_called(name), printable(new.definition))
        if not term.definition:
            raise AskwireError(ErrorCode.SYNTAX, "the definition is empty")
        await store.put_for_all(Place(upstream, new.database), OPERATOR, term)
        return Saved(name=term.name)

    @router.delete("/terms/{name:path}")
    async def drop_term(name: _Name, database: Database) -> Deleted:
        """Drop a term that counts for everybody."""
        await store.drop_for_all(Term, Place(upstream, database), _called(name))
        return Deleted()

    return router


def _query_routes(services: Services, store: Store, upstream: str) -> APIRouter:
    router = APIRouter(tags=["queries"])

    @router.get("/queries")
    async def queries(database: Database) -> Queries:
        """The verified queries that count for everybody."""
        taught = await store.taught(Place(upstream, database), EVERYBODY)
        return Queries(queries=[QueryShown.model_validate(query, from_attributes=True) for query in taught.queries])

    @router.put("/queries/{name:path}")
    async def put_query(name: _Name, new: NewQuery, request: Request) -> Saved:
        """Trust SQL as the answer to a question: checked with the log-in's rights, then it counts for everybody."""
        called = _called(name)
        words = f"{quote_literal(called)} FOR {quote_literal(new.question)} AS {new.sql}"
        await _run(services, request, new.login, f"CREATE OR REPLACE VERIFIED QUERY {words}")
        account, database = (await _run(services, request, new.login, "SELECT CURRENT_USER(), DATABASE()"))[0]
        await store.share(Place(upstream, str(database)), str(account), called)
        return Saved(name=called)

    @router.delete("/queries/{name:path}")
    async def drop_query(name: _Name, database: Database) -> Deleted:
        """Drop a verified query that counts for everybody."""
        await store.drop_for_all(VerifiedQuery, Place(upstream, database), _called(name))
        return Deleted()

    return router


async def _run(services: Services, request: Request, login: str, sql: str) -> Any:
    logins = services.get(DatabaseLogins)
    if logins is None:
        raise AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, "Nobody can log in to the database here")
    return await logins.run(request.state.role, login, sql)


def _judgement(judged: Judged) -> str:
    text = judged.text.strip()
    if judged.judgement == "good":
        return "GOOD"
    if judged.judgement == "bad":
        return f"BAD {quote_literal(text[:WHY_CHARS])}" if text else "BAD"
    if not text:
        raise AskwireError(ErrorCode.SYNTAX, "The SQL that is right is missing")
    return f"AS {text}"


def _called(name: str) -> str:
    """As the statements read a name. Raises SYNTAX."""
    called = " ".join(name.split())
    if not called or not called.isprintable():
        raise AskwireError(ErrorCode.SYNTAX, f"A name has 1 to {NAME_CHARS} printable characters")
    return called


def _entries(rows: list[dict[str, Any]]) -> Entries:
    return Entries(entries=[Entry.model_validate(row) for row in rows])
