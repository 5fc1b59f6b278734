"""The rehearsals of one session that wait for CONFIRM: in its memory only, each once and for a while."""

import re
import time
from dataclasses import dataclass, field

from nl2sql.writes.rehearsal import Rehearsed
from plugins import AskwireError, ErrorCode, Session
from plugins.grammar import after_words, syntax_error

FORM = "CONFIRM id"
KEPT = 16
_STATE = "nl2sql.rehearsals"
_ID = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """``until``: time.monotonic."""

    rehearsed: Rehearsed
    database: str
    question: str
    until: float


@dataclass(slots=True)
class _Rehearsals:
    last: int = 0
    waiting: dict[int, Waiting] = field(default_factory=dict)


def _of(session: Session) -> _Rehearsals:
    rehearsals: _Rehearsals = session.state.setdefault(_STATE, _Rehearsals())
    return rehearsals


def keep(session: Session, waiting: Waiting) -> int:
    """Returns the id that CONFIRM takes."""
    rehearsals = _of(session)
    rehearsals.last += 1
    rehearsals.waiting[rehearsals.last] = waiting
    while len(rehearsals.waiting) > KEPT:
        del rehearsals.waiting[next(iter(rehearsals.waiting))]
    return rehearsals.last


def take(session: Session, number: int) -> Waiting:
    """The rehearsal, which cannot be taken again. Raises NOTHING_TO_CONFIRM."""
    waiting = _of(session).waiting.pop(number, None)
    if waiting is None:
        raise AskwireError(ErrorCode.NOTHING_TO_CONFIRM, f"This session has no rehearsal {number} to confirm")
    if time.monotonic() > waiting.until:
        raise AskwireError(ErrorCode.NOTHING_TO_CONFIRM, f"The rehearsal {number} is too old")
    if waiting.database != session.database:
        message = f"The rehearsal {number} was made in the database {waiting.database!r}"
        raise AskwireError(ErrorCode.NOTHING_TO_CONFIRM, message)
    return waiting


def accepts_confirm(text: str) -> bool:
    """``CONFIRM 3``; nothing that a database understands begins so."""
    at = after_words(text, "CONFIRM")
    said = text[at:].strip() if at is not None else ""
    return said == "?" or _ID.fullmatch(said) is not None


def parse_confirm(text: str) -> int:
    """Raises SYNTAX."""
    at = after_words(text, "CONFIRM")
    number = text[at:].strip() if at is not None else ""
    if _ID.fullmatch(number) is None:
        raise syntax_error("the id is a whole number of at most nine digits", FORM)
    return int(number)
