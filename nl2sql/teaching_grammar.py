"""The grammar of what people teach: terms, verified queries, feedback. Text in, a typed statement out.

No database that the gateway knows has any of these statements, so every text that begins with their words is taken.
"""

from dataclasses import dataclass
from enum import Enum

from plugins.grammar import Reader

CREATE_QUERY = "CREATE [OR REPLACE] VERIFIED QUERY name FOR 'question' AS SELECT …"
DROP_QUERY = "DROP VERIFIED QUERY name"
CREATE_TERM = "CREATE [OR REPLACE] TERM 'name' AS 'definition'"
DROP_TERM = "DROP TERM 'name'"
FEEDBACK = "FEEDBACK LAST | id GOOD | BAD ['why'] | AS SELECT …"
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
    """``text``: why it is bad, or the SQL that is right. ``entry``: of the history; None for the session's last."""

    judgement: Judgement
    text: str = ""
    entry: int | None = None


def parse_create_query(text: str) -> CreateQuery:
    """Raises SYNTAX."""
    reader, or_replace = _create(text, "VERIFIED", "QUERY", form=CREATE_QUERY)
    name = reader.name()
    reader.expect("FOR")
    question = reader.string("the question")
    reader.expect("AS")
    return CreateQuery(name, " ".join(question.split()), reader.rest("the SQL"), or_replace)


def parse_drop_query(text: str) -> str:
    """The name. Raises SYNTAX."""
    return _dropped(text, "VERIFIED", "QUERY", form=DROP_QUERY)


def parse_create_term(text: str) -> CreateTerm:
    """Raises SYNTAX."""
    reader, or_replace = _create(text, "TERM", form=CREATE_TERM)
    name = reader.name()
    reader.expect("AS")
    definition = reader.string("the definition")
    if len(definition) > DEFINITION_CHARS:
        raise reader.error(f"the definition is longer than {DEFINITION_CHARS} characters")
    reader.end()
    return CreateTerm(name, printable(definition), or_replace)


def parse_drop_term(text: str) -> str:
    """The name. Raises SYNTAX."""
    return _dropped(text, "TERM", form=DROP_TERM)


def accepts_feedback(text: str) -> bool:
    """Whether the second word is one of ours."""
    reader = Reader(text, FEEDBACK)
    return reader.accept("FEEDBACK") and (reader.accept("LAST") or reader.digit)


def parse_feedback(text: str) -> Feedback:
    """Raises SYNTAX."""
    reader = Reader(text, FEEDBACK)
    reader.expect("FEEDBACK")
    entry = None if reader.accept("LAST") else reader.number("LAST, or the number of a question in the history,")
    if reader.accept("GOOD"):
        reader.end()
        return Feedback(Judgement.GOOD, entry=entry)
    if reader.accept("BAD"):
        why = "" if reader.ended else reader.string("the reason")
        reader.end()
        return Feedback(Judgement.BAD, printable(why)[:WHY_CHARS], entry)
    reader.expect("AS")
    return Feedback(Judgement.CORRECTED, reader.rest("the SQL"), entry)


def parse_show(text: str, what: str) -> None:
    """``SHOW AI <what>`` takes nothing more. Raises SYNTAX."""
    reader = Reader(text, f"SHOW AI {what}")
    reader.expect("SHOW", "AI", what)
    reader.end()


def printable(text: str) -> str:
    """``text`` without control and format characters; line ends stay, they divide definitions."""
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
    return "\n".join(stripped for line in lines if (stripped := " ".join(line.split())))


def _create(text: str, *words: str, form: str) -> tuple[Reader, bool]:
    reader = Reader(text, form)
    reader.expect("CREATE")
    or_replace = reader.accept("OR", "REPLACE")
    reader.expect(*words)
    return reader, or_replace


def _dropped(text: str, *words: str, form: str) -> str:
    reader = Reader(text, form)
    reader.expect("DROP", *words)
    name = reader.name()
    reader.end()
    return name
