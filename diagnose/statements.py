"""The grammar of EXPLAIN AI: text in, a typed request out. Legal SQL always wins: ``accepts`` declines it."""

import re
from dataclasses import dataclass
from enum import Enum

from plugins.grammar import Reader, after_words, word_at
from plugins.literals import skip_blank

FORM = "EXPLAIN AI [ANALYZE] [FORMAT = TABLE | JSON | TEXT] {statement | LAST}"
# Reserved words that begin a statement: `EXPLAIN ai` and `EXPLAIN ai column` describe a table called ai.
_BEGINS = frozenset(
    "SELECT WITH INSERT UPDATE DELETE REPLACE TABLE VALUES LAST ANALYZE CALL CREATE ALTER DROP GRANT REVOKE LOAD SET "
    "SHOW EXPLAIN DESCRIBE LOCK".split()
)
# https://mariadb.com/kb/en/set-statement/
_SET_STATEMENT = re.compile(
    r"SET\s++STATEMENT\s(?:[^'\"`F]|'(?:[^'\\]|\\.|'')*+'|\"[^\"]*+\"|`[^`]*+`|F(?!OR\b)|(?<=\w)F)*+FOR\s++",
    re.IGNORECASE | re.DOTALL,
)
_FORMAT = re.compile(r"FORMAT\s*=", re.IGNORECASE)


class Format(Enum):
    """How a diagnosis is shown."""

    TABLE = "table"  # a row for each finding
    JSON = "json"  # one document
    TEXT = "text"  # a report for a person


@dataclass(frozen=True, slots=True)
class Request:
    """``sql`` None: the statement before. ``analyze``: it may be run, so that the plan has real numbers."""

    sql: str | None
    format: Format = Format.TABLE
    analyze: bool = False


def accepts_explain(text: str) -> bool:
    """Whether what follows EXPLAIN AI cannot be the description of a table."""
    at = after_words(text, "EXPLAIN", "AI")
    if at is None:
        return False
    return text[at : at + 1] == "(" or word_at(text, at).upper() in _BEGINS or _FORMAT.match(text, at) is not None


def parse_explain(text: str) -> Request:
    """Of a text that was accepted. Raises SYNTAX."""
    reader = Reader(text, FORM)
    reader.expect("EXPLAIN", "AI")
    analyze, shown = reader.accept("ANALYZE"), Format.TABLE
    if reader.accept("FORMAT"):
        if not reader.accept_mark("="):
            raise reader.error("= is missing after FORMAT")
        found = next((f for f in Format if reader.accept(f.name)), None)
        if found is None:
            raise reader.error("FORMAT is TABLE, JSON or TEXT")
        shown = found
    analyze = analyze or reader.accept("ANALYZE")
    if reader.accept("LAST"):
        reader.end()
        return Request(None, shown, analyze)
    return Request(reader.rest("the statement"), shown, analyze)


def bare(sql: str) -> str:
    """The statement itself of ``SET STATEMENT variable = value FOR statement``; any other text as it is."""
    found = _SET_STATEMENT.match(sql, skip_blank(sql))
    return sql[found.end() :] if found is not None else sql
