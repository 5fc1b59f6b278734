"""The grammar of what people teach: terms, verified queries, feedback. Text in, a typed statement out.

No database that the gateway knows has any of these statements, so every text that begins with their words is taken.
"""

from dataclasses import dataclass
from enum import Enum

from nl2sql.grammar import after_words, read_name, syntax_error
from nl2sql.literals import read_literal, skip_blank

CREATE_QUERY = "CREATE [OR REPLACE] VERIFIED QUERY name FOR 'question' AS SELECT …"
DROP_QUERY = "DROP VERIFIED QUERY name"
CREATE_TERM = "CREATE [OR REPLACE] TERM 'name' AS 'definition'"
DROP_TERM = "DROP TERM 'name'"
FEEDBACK = "FEEDBACK LAST GOOD | BAD ['why'] | AS SELECT …"
NAME_CHARS = 64
DEFINITION_CHARS = 4_000
WHY_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class CreateQuery:
    name: str
    question: str
    sql: str
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateTerm:
    name: str
    definition: str
    or_replace: bool = False


class Judgement(Enum):
    GOOD = "good"
    BAD = "bad"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Feedback:
    """``text``: why it is bad, or the SQL that is right."""

    judgement: Judgement
    text: str = ""


def parse_create_query(text: str) -> CreateQuery:
    """Raises SYNTAX."""
    at, or_replace = _after_create(text, "VERIFIED", "QUERY", form=CREATE_QUERY)
    name, at = _named(text, at, CREATE_QUERY)
    at = _expect(text, at, "FOR", CREATE_QUERY)
    question, at = _string(text, at, "the question", CREATE_QUERY)
    at = _expect(text, at, "AS", CREATE_QUERY)
    return CreateQuery(name, " ".join(question.split()), _sql(text, at, CREATE_QUERY), or_replace)


def parse_drop_query(text: str) -> str:
    """The name. Raises SYNTAX."""
    return _dropped(text, "VERIFIED", "QUERY", form=DROP_QUERY)


def parse_create_term(text: str) -> CreateTerm:
    """Raises SYNTAX."""
    at, or_replace = _after_create(text, "TERM", form=CREATE_TERM)
    name, at = _named(text, at, CREATE_TERM)
    at = _expect(text, at, "AS", CREATE_TERM)
    definition, at = _string(text, at, "the definition", CREATE_TERM)
    if len(definition) > DEFINITION_CHARS:
        raise syntax_error(f"the definition is longer than {DEFINITION_CHARS} characters", CREATE_TERM)
    _end(text, at, CREATE_TERM)
    return CreateTerm(name, printable(definition), or_replace)


def parse_drop_term(text: str) -> str:
    """The name. Raises SYNTAX."""
    return _dropped(text, "TERM", form=DROP_TERM)


def parse_feedback(text: str) -> Feedback:
    """Raises SYNTAX."""
    for judgement in (Judgement.GOOD, Judgement.BAD):
        at = after_words(text, "FEEDBACK", "LAST", judgement.name)
        if at is None:
            continue
        why = ""
        if judgement is Judgement.BAD and at < len(text):
            why, at = _string(text, at, "the reason", FEEDBACK)
        _end(text, at, FEEDBACK)
        return Feedback(judgement, printable(why)[:WHY_CHARS])
    at = after_words(text, "FEEDBACK", "LAST", "AS")
    if at is None:
        raise syntax_error("FEEDBACK LAST takes GOOD, BAD or AS", FEEDBACK)
    return Feedback(Judgement.CORRECTED, _sql(text, at, FEEDBACK))


def parse_show(text: str, what: str) -> None:
    """``SHOW AI <what>`` takes nothing more. Raises SYNTAX."""
    at = after_words(text, "SHOW", "AI", what)
    _end(text, at or 0, f"SHOW AI {what}")


def printable(text: str) -> str:
    """``text`` without control and format characters; line ends stay, they divide definitions."""
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
    return "\n".join(stripped for line in lines if (stripped := " ".join(line.split())))


def _after_create(text: str, *words: str, form: str) -> tuple[int, bool]:
    for or_replace, lead in ((True, ("CREATE", "OR", "REPLACE")), (False, ("CREATE",))):
        at = after_words(text, *lead, *words)
        if at is not None:
            return at, or_replace
    raise syntax_error(f"expected {' '.join(words)}", form)


def _named(text: str, at: int, form: str) -> tuple[str, int]:
    name, at = read_name(text, at, "the name is missing", form)
    if not name.strip() or len(name) > NAME_CHARS or not name.isprintable():
        raise syntax_error(f"a name has 1 to {NAME_CHARS} printable characters", form)
    return " ".join(name.split()), at


def _expect(text: str, at: int, word: str, form: str) -> int:
    after = after_words(text[at:], word)
    if after is None:
        raise syntax_error(f"{word} is missing", form)
    return at + after


def _string(text: str, at: int, what: str, form: str) -> tuple[str, int]:
    literal = read_literal(text, at)
    if literal is None:
        raise syntax_error(f"{what} is a string in quotes", form)
    if not literal[0].strip():
        raise syntax_error(f"{what} is empty", form)
    return literal


def _sql(text: str, at: int, form: str) -> str:
    sql = text[at:].strip()
    if not sql:
        raise syntax_error("the SQL is missing", form)
    return sql


def _dropped(text: str, *words: str, form: str) -> str:
    at = after_words(text, "DROP", *words)
    if at is None:
        raise syntax_error(f"expected {' '.join(words)}", form)
    name, at = _named(text, at, form)
    _end(text, at, form)
    return name


def _end(text: str, at: int, form: str) -> None:
    rest = text[skip_blank(text, at) :]
    if rest:
        raise syntax_error(f"unexpected {rest[:40]!r}", form)
