"""``/v1/logins`` and ``/v1/ask``: a question over HTTP is the same AI statement that any MySQL client sends."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from proxy.admin.connection import Credentials, Statement
from proxy.admin.context import Context, RoleOfCaller
from proxy.admin.errors import described
from proxy.admin.language import LanguageOfCaller
from proxy.admin.logins import Login

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
LoginId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Body(BaseModel):
    """Of a request: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class Account(Body):
    user: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]
    password: SecretStr = Field(SecretStr(""), max_length=1024)
    database: Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\x00]*$")] = ""


class LoggedIn(BaseModel):
    """``login``: the secret to ask with. It ends when it is not used for ``expires_s`` seconds."""

    login: str
    account: str
    expires_s: float


class Closed(BaseModel):
    closed: bool


class Question(Body):
    login: LoginId
    question: Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"\S")]
    mode: Literal["rows", "sql", "why", "narrate", "docs", "trace"] = "rows"
    model: Name | None = None
    limit: int | None = Field(None, ge=1, le=10**9)
    knowledge: list[Name] = Field([], max_length=16)

    def statement(self) -> str:
        parts = ["ASK", self.mode.upper(), _quoted(self.question)]
        if self.model is not None:
            parts += ["USING", _quoted(self.model)]
        if self.limit is not None:
            parts += ["LIMIT", str(self.limit)]
        if self.knowledge:
            parts += ["IN", ", ".join(map(_quoted, self.knowledge))]
        return " ".join(parts)


@dataclass(slots=True)
class Asked:
    """A question that has its log-in to itself."""

    login: Login
    statement: Statement
    answered: bool = False


def routes(context: Context) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["ask"])
    logins = context.logins

    @router.post("/logins", status_code=201)
    async def log_in(account: Account, role: RoleOfCaller, language: LanguageOfCaller) -> LoggedIn:
        """Log in to the database, through the gateway, as a database account; it is answered in your language."""
        given = Credentials(account.user, account.password.get_secret_value(), account.database)
        login = await logins.open(role.value, given, "" if language == context.hub.settings.language else language)
        return LoggedIn(login=login.id, account=login.account, expires_s=context.hub.settings.admin.login_idle_s)

    @router.delete("/logins/{login}")
    async def log_out(login: Annotated[str, Path(max_length=100)], role: RoleOfCaller) -> Closed:
        """Close a log-in; what runs on it is stopped."""
        await logins.forget(logins.get(role.value, login))
        return Closed(closed=True)

    async def taken(question: Question, role: RoleOfCaller) -> AsyncIterator[Asked]:
        """Before the stream begins, so that a log-in that is not there is an answer of its own.

        Its end comes however the stream ends; that of a generator which nobody finishes comes with a collection of
        garbage.
        """
        login = await logins.take(role.value, question.login)
        asked = Asked(login, Statement(login.connection, question.statement()))
        try:
            yield asked
        finally:
            if asked.answered:
                login.give_back()
            else:
                logins.abandon(login, asked.statement)

    @router.post("/ask", response_class=EventSourceResponse)
    async def ask(asked: Annotated[Asked, Depends(taken)]) -> AsyncIterator[ServerSentEvent]:
        """Ask; the answer streams as events: started, columns, rows, notes, done or error. Leaving stops it."""
        async for name, data in _events(asked.login, asked.statement):
            yield ServerSentEvent(event=name, raw_data=data)
        asked.answered = True

    return router


async def _events(login: Login, statement: Statement) -> AsyncIterator[tuple[str, str]]:
    """(event, JSON), made in threads: the loop relays meanwhile."""
    started = time.monotonic()
    yield "started", json.dumps({"session": login.number, "account": login.account})
    try:
        columns = await login.call(statement.start)
        if columns is not None:
            yield "columns", columns
            while (rows := await login.call(statement.batch)) is not None:
                yield "rows", rows
        notes = await login.call(statement.notes)
    except Exception as error:
        detail = described(error)[1]
        yield "error", json.dumps({"code": detail.code, "message": detail.message})
        return
    yield "notes", json.dumps(notes)
    said = {"sql": _said(notes, "SQL: "), "confidence": _confidence(notes)}
    yield "done", json.dumps({"seconds": round(time.monotonic() - started, 3), "rows": statement.rows, **said})


def _said(notes: list[dict[str, Any]], begins: str) -> str | None:
    found = next((str(note["message"]) for note in notes if str(note["message"]).startswith(begins)), None)
    return found.removeprefix(begins) if found is not None else None


def _confidence(notes: list[dict[str, Any]]) -> float | None:
    try:
        return float(_said(notes, "Confidence: ") or "")
    except ValueError:
        return None


def _quoted(text: str) -> str:
    """As a string literal of the AI statements, where a backslash always escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
