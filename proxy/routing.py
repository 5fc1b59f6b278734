"""Which statements are the gateway's. Everything else, valid or not, is relayed byte for byte.

Two looks: ``may_take`` is on the path of every statement and costs one first-byte and one first-word check; ``find``
decides, for the few that pass it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice

import structlog

from plugins import Statement

log = structlog.get_logger("askwire.routing")

# Only ASCII is white space, a letter or a digit to the database; every other character is part of a name (re.A: else
# "AſK" would be ASK too).
_FLAGS = re.A | re.I | re.S
MAX_PLACEHOLDERS = 65535  # of one prepared statement: the protocol counts them in 16 bits
# White space and comments, without the executable ones (/*! … */, /*M! … */), which are SQL.
# Possessive, so that no text makes it backtrack.
_COMMENT = r"/\*(?!!|M!)(?:[^*]|\*(?!/))*+\*/"
_SPACE = rf"(?:\s|{_COMMENT}|#[^\n]*+(?:\n|\Z)|--(?=\s|\Z)[^\n]*+(?:\n|\Z))"
_LEAD = rf"{_SPACE}*+"
# Strings and comments as a scan skips them; one that never ends reaches to the end of the text.
_SKIPPED = (
    r"""'(?:[^'\\]|\\.|'')*+(?:'|\Z)|"(?:[^"\\]|\\.|"")*+(?:"|\Z)|`[^`]*+(?:`|\Z)"""
    r"""|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|#[^\n]*+|--(?=\s|\Z)[^\n]*+"""
)
_WORD_BEGIN = r"(?<![\w$@.]|[^\x00-\x7f])"
_WORD_END = r"(?![\w$]|[^\x00-\x7f])"


class Seen(Enum):
    """Statements that are relayed, but tell the gateway something."""

    USE = auto()  # a database is selected
    SCHEMA = auto()  # what a catalog or an account may see changes


_SEEN = {
    "USE": Seen.USE,
    **dict.fromkeys(("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE"), Seen.SCHEMA),
}
_OWN_OPENINGS = {(word,) for word in _SEEN} | {("KILL",), ("SHOW", "WARNINGS"), ("SHOW", "ERRORS"), ("SHOW", "COUNT")}
# The gateway's own, taken only where the session knows that they concern it: after a gateway statement, or when the
# session to kill is busy with one.
WARNINGS = re.compile(rf"{_LEAD}SHOW{_SPACE}++(COUNT\s*\(\s*\*\s*\)\s*)?(WARNINGS|ERRORS){_WORD_END}", _FLAGS)
KILL = re.compile(
    rf"{_LEAD}KILL{_SPACE}++(?:(?:HARD|SOFT){_SPACE}++)?(?:(CONNECTION|QUERY){_SPACE}++)?([0-9]{{1,20}}){_LEAD};?{_LEAD}\Z",
    _FLAGS,
)
USE = re.compile(rf"{_LEAD}USE{_SPACE}*+(?:`(?P<quoted>[^`]++)`|(?<=\s)(?P<plain>[\w$\x80-\xff]++))".encode(), _FLAGS)

_FIRST_WORD = re.compile(rf"{_LEAD}([A-Za-z]++){_WORD_END}", _FLAGS)
_QUERY = re.compile(rf"(?:{_SPACE}|\()*+(?:SELECT|WITH){_WORD_END}", _FLAGS)
_STATEMENT_END = re.compile(rf"{_SKIPPED}|(?P<end>;)", _FLAGS)
_PLACEHOLDER = re.compile(rf"{_SKIPPED}|(?P<mark>\?)", _FLAGS)
_BEGINS_QUERY = re.compile(rf"(?:{_SPACE}|\()*+(?=(?:SELECT|WITH|EXPLAIN){_WORD_END})", _FLAGS)
_SELECT = re.compile(rf"{_SKIPPED}|(?P<open>\()|(?P<close>\))|(?P<select>{_WORD_BEGIN}SELECT{_WORD_END})", _FLAGS)


@dataclass(frozen=True, slots=True)
class Route:
    """A statement to answer, with the text that its handler gets."""

    statement: Statement
    text: str


class Router:
    """Built once from the registered statements."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.statements = tuple(statements)
        opened = sorted((s for s in self.statements if s.opening or s.marker), key=lambda s: -len(s.opening))
        self._openings = [(_opening(s), s) for s in opened]
        self._functions = [(_function(s.function), s) for s in self.statements if s.function]
        self._quick = self._first_words()
        names = "|".join(re.escape(s.function.lower()) for s in self.statements if s.function)
        self._call = re.compile(rf"(?:{names})\s*\(".encode()) if names else None

    def _first_words(self) -> dict[int, re.Pattern[bytes] | None]:
        """By first byte of a statement: what its first words must look like to be of interest.

        None: only a function call in it can be. A byte that is missing: never.
        """
        openings = {s.opening for s in self.statements if s.opening} | _OWN_OPENINGS
        markers = [_comment(s.marker) for s in self.statements if s.marker]
        lead = rf"(?:(?!{'|'.join(markers)}){_SPACE})*+" if markers else _LEAD
        functions = [("SELECT",), ("WITH",)] if self._functions else []
        everything = "|".join([*markers, *(_gapped(o) + _WORD_END for o in sorted([*openings, *functions]))])
        quick: dict[int, re.Pattern[bytes] | None] = dict.fromkeys(b"sSwW(" if functions else b"")
        for byte in b" \t\n\r\v\f/#-":
            quick[byte] = re.compile(rf"{lead}(?:{everything})".encode(), _FLAGS)
        for letter in {opening[0][0].upper() for opening in openings}:
            mine = "|".join(_gapped(o) + _WORD_END for o in sorted(openings) if o[0][0].upper() == letter)
            quick[ord(letter)] = quick[ord(letter.lower())] = re.compile(mine.encode(), _FLAGS)
        return quick

    def may_take(self, data: bytes, at: int) -> bool:
        """Whether the statement whose text begins at ``at`` deserves the second look."""
        if at >= len(data) or data[at] not in self._quick:
            return False
        pattern = self._quick[data[at]]
        if pattern is not None and pattern.match(data, at):
            return True
        return self._call is not None and self._call.search(data.lower(), at) is not None

    def find(self, text: str) -> Route | None:
        """The statement that takes ``text``, or None."""
        text = text.rstrip(" \t\r\n\f\v;\0")
        for pattern, statement in self._openings:
            match = pattern.match(text)
            if match and _accepts(statement, text[match.start("own") :]):
                return Route(statement, text[match.start("own") :])
        for pattern, statement in self._functions:
            if _QUERY.match(text) and any(m["call"] for m in pattern.finditer(text)) and _accepts(statement, text):
                return Route(statement, text)
        return None


def _accepts(statement: Statement, text: str) -> bool:
    try:
        return statement.accepts(text)
    except Exception:
        log.exception("plugin_failed", statement=statement.name, hook="accepts")
        return False


def seen(text: str) -> Seen | None:
    """What a relayed statement tells the gateway."""
    match = _FIRST_WORD.match(text)
    return _SEEN.get(match.group(1).upper()) if match else None


def placeholders(text: str) -> list[int]:
    """Where the ``?`` of a prepared statement stand, outside strings and comments; not more than are too many."""
    return list(islice((m.start() for m in _PLACEHOLDER.finditer(text) if m["mark"]), MAX_PLACEHOLDERS + 1))


def outer_select(text: str) -> int | None:
    """The place behind the word SELECT of the outermost query, where hints stand; None for what is no query.

    With WITH that is not the first one: those before it stand in parentheses.
    """
    begin = _BEGINS_QUERY.match(text)
    depth = 0
    for found in _SELECT.finditer(text, begin.end()) if begin else ():
        if found["select"] and not depth:
            return found.end()
        depth += bool(found["open"]) - bool(found["close"])
    return None


def is_one_query(text: str) -> bool:
    """Whether it can only be one SELECT: nothing after a semicolon, and no comment that is executed."""
    if not _QUERY.match(text):
        return False
    return not any(m["end"] or m.group().startswith(("/*!", "/*M!")) for m in _STATEMENT_END.finditer(text))


def _gapped(opening: tuple[str, ...]) -> str:
    return rf"{_SPACE}++".join(re.escape(word) for word in opening)


def _opening(statement: Statement) -> re.Pattern[str]:
    if statement.marker:
        # The marker is a comment itself, so the comments before it must be told from it.
        marker = _comment(statement.marker)
        return re.compile(rf"(?:(?!{marker}){_SPACE})*+(?P<own>{marker})", _FLAGS)
    return re.compile(rf"{_LEAD}(?P<own>{_gapped(statement.opening)}{_WORD_END})", _FLAGS)


def _comment(marker: str) -> str:
    """Tools that format SQL, as Superset does, put blanks into comments."""
    return rf"/\*\s*+{re.escape(marker)}\s*+\*/"


def _function(name: str | None) -> re.Pattern[str]:
    """``name(`` after FROM, JOIN or a comma, outside strings and comments."""
    return re.compile(
        rf"{_SKIPPED}|(?P<call>(?:{_WORD_BEGIN}(?:FROM|JOIN)|,){_LEAD}{re.escape(name or '')}\s*+\()", _FLAGS
    )
