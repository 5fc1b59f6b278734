"""The grammar of the AI statements: text in, a typed statement out.

Legal SQL always wins: ``accepts_*`` decline what the database itself may understand (design, section 4).
"""

import re
from dataclasses import dataclass
from enum import Enum

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from knowledge.grammar import SOURCE_CHARS
from plugins import AskwireError
from plugins.grammar import after_words, read_name, syntax_error, word_at
from plugins.literals import read_literal, skip_blank

MARKER = "nl"
FORM = "ASK [SQL | WHY | NARRATE | DOCS | TRACE] 'question' [USING model] [LIMIT n] [IN base, …] [LIKE 'source']"
SET_FORM = "SET ASK option = value"
MAX_SQL_CHARS = 20_000
_NUMBER = re.compile(r"\d{1,18}(?![\w.])")
_ALIAS = re.compile(r"AS\s+`((?:[^`]|``)+)`\s*", re.IGNORECASE)


class Mode(Enum):
    """What is done with the generated SQL."""

    ROWS = "rows"
    SQL = "sql"
    WHY = "why"
    NARRATE = "narrate"
    DOCS = "docs"
    TRACE = "trace"


# https://docs.oracle.com/en/cloud/paas/autonomous-database/serverless/adbsb/select-ai-actions.html
SELECT_AI_MODES = {
    "runsql": Mode.ROWS,
    "showsql": Mode.SQL,
    "explainsql": Mode.WHY,
    "narrate": Mode.NARRATE,
    "chat": Mode.DOCS,
}


@dataclass(frozen=True, slots=True)
class AskStatement:
    """One question. ``mode`` None: as the session's option ``show`` says. ``frame``: the SELECT around ``ASK('q')``."""

    question: str
    mode: Mode | None = None
    model: str | None = None
    limit: int | None = None
    bases: tuple[str, ...] = ()  # knowledge bases
    source: str = ""  # a pattern of LIKE for their documents
    frame: exp.Query | None = None


@dataclass(frozen=True, slots=True)
class SetOption:
    name: str
    value: str


def _syntax(message: str, form: str = FORM) -> AskwireError:
    return syntax_error(message, form)


def parse_ask(text: str) -> AskStatement:
    """``ASK [mode] 'q' [options]``. Raises SYNTAX.

    ``ASK AS `q` `` too: what sqlglot makes of ``ASK 'q'``, and tools that send statements through it (Superset).
    """
    at = after_words(text, "ASK")
    if at is None:
        raise _syntax("the statement does not begin with ASK")
    alias = _ALIAS.fullmatch(text, at)
    if alias is not None and alias.group(1).strip():
        return AskStatement(alias.group(1).replace("``", "`").strip())
    mode = None
    word = word_at(text, at).upper()
    if word:
        if word not in Mode.__members__:
            raise _syntax(f"ASK does not know {word[:40]!r}")
        mode = Mode[word]
        at = skip_blank(text, at + len(word))
    return _question_and_options(text, at, mode)


def _question_and_options(text: str, at: int, mode: Mode | None) -> AskStatement:
    literal = read_literal(text, at)
    if literal is None:
        raise _syntax("the question is a string in quotes")
    question, at = literal
    if not question.strip():
        raise _syntax("the question is empty")
    model = limit = None
    source = ""
    bases: list[str] = []
    while (at := skip_blank(text, at)) < len(text):
        word = word_at(text, at).upper()
        value_at = skip_blank(text, at + len(word))
        if word == "USING" and model is None:
            model, at = read_name(text, value_at, "USING takes a model's name", FORM)
        elif word == "IN" and not bases:
            bases, at = _names(text, value_at)
        elif word == "LIKE" and not source:
            pattern = read_literal(text, value_at)
            if pattern is None or not 0 < len(pattern[0]) <= SOURCE_CHARS:
                raise _syntax(f"LIKE takes a source in quotes, with % and _, of at most {SOURCE_CHARS} characters")
            source, at = pattern
        elif word == "LIMIT" and limit is None:
            found = _NUMBER.match(text, value_at)
            if found is None:
                raise _syntax("LIMIT takes a whole number")
            limit, at = int(found.group()), found.end()
        else:
            raise _syntax(f"unexpected {text[at : at + 40]!r} after the question")
    return AskStatement(question.strip(), mode, model, limit, tuple(dict.fromkeys(bases)), source)


def _names(text: str, at: int) -> tuple[list[str], int]:
    """Names with commas between them."""
    names: list[str] = []
    while True:
        name, at = read_name(text, at, "IN takes the names of knowledge bases", FORM)
        names.append(name)
        following = skip_blank(text, at)
        if not text.startswith(",", following):
            return names, at
        at = skip_blank(text, following + 1)


def after_marker(text: str) -> str:
    """What follows the leading ``/*nl*/``; other comments may come before it. Raises SYNTAX."""
    at = 0
    while at < len(text):
        if re.match(rf"/\*\s*{MARKER}\s*\*/", text[at : at + 32], re.IGNORECASE):
            return text[text.index("*/", at) + 2 :]
        step = skip_blank(text[: text.index("*/", at) + 2], at) if text.startswith("/*", at) else at + 1
        at = max(step, at + 1)
    raise _syntax("the marker comment is missing", "/*nl*/ question")


def parse_marked(text: str) -> AskStatement:
    """``/*nl*/ free text`` or ``/*nl*/ SELECT 'q' [AS name] [LIMIT n]``. Raises SYNTAX."""
    rest = after_marker(text).strip()
    at = after_words(rest, "SELECT")
    literal = read_literal(rest, at) if at is not None else None
    if literal is not None:
        question, end = literal
        tail = re.fullmatch(r"\s*(?:AS\s+\S+)?\s*(LIMIT\s+\d{1,18})?\s*", rest[end:], re.IGNORECASE)
        if tail is None:
            raise _syntax(f"unexpected {rest[end : end + 40]!r} after the question", "/*nl*/ SELECT 'question'")
        limit = int(tail.group(1).split()[1]) if tail.group(1) else None
        if not question.strip():
            raise _syntax("the question is empty", "/*nl*/ SELECT 'question'")
        return AskStatement(question.strip(), limit=limit)
    if not rest:
        raise _syntax("the question is empty", "/*nl*/ question")
    return AskStatement(rest)


def accepts_marked(text: str) -> bool:
    """Whether a text that begins with the marker is a question.

    A marker with blanks inside is an ordinary comment before anything but ``SELECT 'q'``: that is what tools which
    format SQL (Superset) make of ``/*nl*/ SELECT 'q'``.
    """
    if text[: len(MARKER) + 4].lower() == f"/*{MARKER}*/":
        return True
    rest = after_marker(text).strip()
    at = after_words(rest, "SELECT")
    return at is not None and read_literal(rest, at) is not None


def parse_sql(text: str) -> exp.Expr | None:
    """The one statement that ``text`` is, or None when it is too long or not one sqlglot understands."""
    if len(text) > MAX_SQL_CHARS:  # sqlglot takes 10 s for a megabyte, and every other session would wait
        return None
    try:
        trees = sqlglot.parse(text, read="mysql")
    except (SqlglotError, RecursionError):
        return None
    only = trees[0] if len(trees) == 1 else None
    return only if isinstance(only, exp.Expr) else None


# What may follow ``SELECT ai`` or ``SELECT ai alias`` in legal SQL, some of which sqlglot does not parse.
_CLAUSE = re.compile(
    r"(?:FROM|AS|INTO|WHERE|GROUP|ORDER|HAVING|LIMIT|UNION|EXCEPT|INTERSECT|FOR|LOCK|PROCEDURE|WINDOW|COLLATE|DIV|MOD|IS|IN"
    r"|LIKE|BETWEEN|REGEXP|RLIKE|AND|OR|XOR|NOT|SOUNDS)\b|[^\w\"']|$",
    re.IGNORECASE,
)


def accepts_select_ai(text: str) -> bool:
    """``SELECT AI words …`` is ours only when no database could read it as SQL."""
    at = after_words(text, "SELECT", "AI")
    if at is None or not word_at(text, at) or _CLAUSE.match(text, at):
        return False
    second = skip_blank(text, at + len(word_at(text, at)))
    return not _CLAUSE.match(text, second) and parse_sql(text) is None


def parse_select_ai(text: str) -> AskStatement:
    """``SELECT AI [mode] free text``. Raises SYNTAX."""
    form = "SELECT AI [runsql | showsql | explainsql | narrate | chat] question"
    at = after_words(text, "SELECT", "AI")
    if at is None:
        raise _syntax("the statement does not begin with SELECT AI", form)
    word = word_at(text, at)
    mode = SELECT_AI_MODES.get(word.lower())
    question = text[at + len(word) :] if mode else text[at:]
    literal = read_literal(question.strip(), 0)
    if literal is not None and literal[1] == len(question.strip()):
        question = literal[0]
    if not question.strip():
        raise _syntax("the question is empty", form)
    return AskStatement(question.strip(), mode or Mode.ROWS)


_SET = re.compile(r"([A-Za-z_]\w*)\s*:?=\s*(.+)", re.DOTALL)


def accepts_set(text: str) -> bool:
    """``SET ASK name = …``; ``SET ask = 1`` sets a variable of the database and is not ours."""
    at = after_words(text, "SET", "ASK")
    return at is not None and _SET.fullmatch(text[at:].strip()) is not None


def parse_set(text: str) -> SetOption:
    """``SET ASK name = value``; the value bare or in quotes. Raises SYNTAX."""
    at = after_words(text, "SET", "ASK")
    found = _SET.fullmatch(text[at:].strip()) if at is not None else None
    if found is None:
        raise _syntax("the option's name or value is missing", SET_FORM)
    value = found.group(2).strip()
    literal = read_literal(value, 0)
    if literal is not None and literal[1] == len(value):
        return SetOption(found.group(1).lower(), literal[0])
    if not re.fullmatch(r"[\w.:/+-]+", value):
        raise _syntax(f"unexpected {value[:40]!r}", SET_FORM)
    return SetOption(found.group(1).lower(), value)


def parse_show_history(text: str) -> int | None:
    """``SHOW AI HISTORY [LIMIT n]`` -> n. Raises SYNTAX."""
    form = "SHOW AI HISTORY [LIMIT n]"
    at = after_words(text, "SHOW", "AI", "HISTORY")
    found = re.fullmatch(r"(?:LIMIT\s+(\d{1,18}))?\s*", text[at:], re.IGNORECASE) if at is not None else None
    if found is None:
        raise _syntax("unexpected text", form)
    return int(found.group(1)) if found.group(1) else None
