"""FEEDBACK LAST: what a person says of the session's last answer becomes an example, or takes one away."""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.records import VerifiedQuery
from nl2sql.guard import Guarded
from nl2sql.history import Entry
from nl2sql.questions import same_question
from nl2sql.words import words
from plugins import AskwireError, ErrorCode, Session

_STATE = "nl2sql.last"
ORIGIN = "feedback"
SLUG_CHARS = 48


@dataclass(frozen=True, slots=True)
class Last:
    """The session's last question. ``guarded``: its answer, if any. ``verified``: the query that gave it."""

    question: str
    database: str
    guarded: Guarded | None = None
    verified: str = ""
    entry: Entry | int | None = None


def remember(session: Session, last: Last) -> None:
    """``last`` is what FEEDBACK is about from now on."""
    session.state[_STATE] = last


def last_of(session: Session) -> Last:
    """Raises NOTHING_ASKED."""
    last: Last | None = session.state.get(_STATE)
    if last is None:
        raise AskwireError(ErrorCode.NOTHING_ASKED, "Nothing was asked in this session")
    if last.database != (session.database or ""):
        raise AskwireError(ErrorCode.NOTHING_ASKED, f"The last question was asked in the database {last.database!r}")
    return last


def example_name(question: str, queries: Iterable[VerifiedQuery]) -> str:
    """A name made of the question's words; that of the example that has this very question when there is one."""
    known = list(queries)
    for query in known:
        if query.origin == ORIGIN and same_question(query.question, question):
            return query.name
    slug = "_".join(words(question))[:SLUG_CHARS].strip("_") or "question"
    taken = {query.name.casefold() for query in known}
    name, number = slug, 2
    while name.casefold() in taken:
        name, number = f"{slug}_{number}", number + 1
    return name


def disproved(last: Last, queries: Iterable[VerifiedQuery]) -> list[VerifiedQuery]:
    """The examples made by feedback that a bad answer takes away."""
    return [
        query
        for query in queries
        if query.origin == ORIGIN and (query.name == last.verified or same_question(query.question, last.question))
    ]
