"""A look at a statement's text before it is parsed: its pieces, its first word, what is not for the parser."""

import re

from plugins import UpstreamError
from proxy.upstreams.dialect import lexer
from proxy.wire.charsets import Charset

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

# Bytes that are no text in the client's character set, as ``surrogateescape`` has them.
_UNREAD = re.compile("[\udc80-\udcff]")


def decoded(body: bytes, charset: Charset) -> str:
    """A statement's text. What is no UTF-8 is kept: it may be in a binary string. Raises 1300.

    Nothing is put in the place of wrong bytes: a codec may take the quote behind one for a part of it, and the string
    would end where somebody else wants it to.
    """
    try:
        return body.decode(charset.codec, "surrogateescape" if charset.codec == "utf-8" else "strict")
    except UnicodeDecodeError as error:
        raise _invalid(body[error.start : error.start + 6]) from None


def check_read(text: str) -> None:
    """Raises 1300 when the text has bytes that are no text."""
    found = _UNREAD.search(text)
    if found:
        raise _invalid(found[0].encode("utf-8", "surrogateescape"))


def shown(text: str) -> str:
    """The text with something readable for what is none; positions stay."""
    return lexer.readable(text)


def _invalid(data: bytes) -> UpstreamError:
    return UpstreamError(1300, "HY000", f"Invalid character string: '{data.hex().upper()}'")


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
