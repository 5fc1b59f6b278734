"""A look at a statement's text before it is parsed: its pieces, its first word, what is not for the parser."""

import re

from proxy.upstreams.dialect import lexer

_FLAGS = re.I | re.A | re.S
_SPACE = r"(?:\s|/\*(?!!|M!)(?:[^*]|\*(?!/))*+\*/|#[^\n]*+(?:\n|\Z)|--(?=\s|\Z)[^\n]*+(?:\n|\Z))"
_LEAD = re.compile(rf"{_SPACE}*+", _FLAGS)
# Sent to the database as it is.
RAW = re.compile(r"\s*/\*\s*raw\s*\*/", _FLAGS)
FIRST_WORD = re.compile(r"[A-Za-z]++")
# https://dev.mysql.com/doc/refman/8.4/en/optimizer-hints.html#optimizer-hints-execution-time (milliseconds)
TIME_HINT = re.compile(r"SELECT\s*/\*\+[^*]*?\bMAX_EXECUTION_TIME\s*\(\s*(\d{1,10})\s*\)", _FLAGS)
# https://mariadb.com/kb/en/set-statement/
SET_STATEMENT = re.compile(r"SET\s++STATEMENT\s", _FLAGS)
SCHEMA_WORDS = frozenset({"CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE"})
_TEMPORARY = re.compile(r"(?:CREATE|DROP)\s+TEMPORARY\b", _FLAGS)


def trimmed(text: str) -> str:
    """Without what is around the statement: white space, leading comments, the semicolon.

    An executable comment that is the whole statement (``/*!40101 SET … */``) is opened.
    """
    text = text[_LEAD.match(text).end() :].rstrip(" \t\r\n\f\v;\0")  # type: ignore[union-attr]  # matches always
    opened = re.match(r"/\*!(?:\d{5,6})?\s*(?P<inner>(?:[^*]|\*(?!/))*)\*/\s*\Z", text, _FLAGS)
    return trimmed(opened["inner"]) if opened else text


def first_word(text: str) -> str:
    """Of a trimmed statement, in upper case."""
    match = FIRST_WORD.match(text.lstrip("( \t\r\n"))
    return match[0].upper() if match else ""


def changes_schema(text: str) -> bool:
    """DDL and the like, of a trimmed statement: it commits implicitly, and the schema is another one then."""
    return first_word(text) in SCHEMA_WORDS and not _TEMPORARY.match(text)


def split(text: str) -> list[str]:
    """The statements of a text. Raises ``UpstreamError`` (1064)."""
    if ";" not in text.rstrip(" \t\r\n\f\v;\0"):
        return [text]
    pieces, start = [], 0
    for lexeme in lexer.read(text):
        if lexeme.kind == "operator" and lexeme.text == ";":
            pieces.append(text[start : lexeme.start])
            start = lexeme.end
    pieces.append(text[start:])
    return [piece for piece in pieces if trimmed(piece)] or [text]
