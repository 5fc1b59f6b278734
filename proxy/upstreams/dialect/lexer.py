"""MySQL's lexical rules: https://dev.mysql.com/doc/refman/8.4/en/language-structure.html

sqlglot reads comments, string escapes and ``--`` in its own way; here the text is cut as the server cuts it and put
together again in a form that leaves nothing to interpretation: no comments, every string between single quotes with
only ``''`` and ``\\\\`` as escapes, every quoted name between backticks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.upstreams.dialect.errors import SqlSyntaxError

VERSION = 80400  # what ``/*!NNNNN … */`` is compared with

_TOKEN = re.compile(
    r"""
      (?P<space>\s++)
    | (?P<comment>--(?=[\s\x00-\x1f]|$)[^\n]*+ | \#[^\n]*+ | /\*(?!!).*?\*/)
    | (?P<version>/\*!(?P<number_of>[0-9]{0,6}))
    | (?P<string>[nN]?+'(?:[^'\\]++|\\.|'')*+' | "(?:[^"\\]++|\\.|"")*+")
    | (?P<name>`(?:[^`]++|``)*+`)
    | (?P<hex>[xX]'[0-9a-fA-F]*+' | 0x[0-9a-fA-F]++(?![\w$]))
    | (?P<bit>[bB]'[01]*+' | 0b[01]++(?![\w$]))
    | (?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?(?![\w$]))
    | (?P<variable>@@?[\w$.]*+)
    | (?P<word>[\w$]++)
    | (?P<operator>:=|<=>|->>|->|<<|>>|<>|!=|<=|>=|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}
# Bytes that are no UTF-8, as ``surrogateescape`` decodes them: a string that has some is binary.
_BYTES = re.compile("[\udc80-\udcff]")
_ESCAPE = {quote: re.compile(rf"\\(.)|{quote}({quote})", re.DOTALL) for quote in "'\""}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """``kind``: word, name, string, hex, bit, number, variable, operator. ``text``: a string's or name's value."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool = False  # white space or a comment stands before it

    @property
    def upper(self) -> str:
        """The word in capitals; empty for everything that cannot be a keyword."""
        return self.text.upper() if self.kind in ("word", "operator") else ""


def read(sql: str) -> list[Lexeme]:
    """Cut ``sql``; raises ``SqlSyntaxError`` at what is never closed."""
    return list(_read(sql))


def readable(sql: str) -> str:
    """The text with a character for each byte that is none; positions stay."""
    return _BYTES.sub("\ufffd", sql)


def _read(sql: str) -> Iterator[Lexeme]:
    position, opened, spaced = 0, -1, False
    while position < len(sql):
        if opened >= 0 and sql.startswith("*/", position):
            position, opened, spaced = position + 2, -1, True
            continue
        match = _TOKEN.match(sql, position)
        assert match is not None  # the last operator takes any character
        kind, text = match.lastgroup or "", match.group()
        start, position = position, match.end()
        if kind in ("space", "comment"):
            spaced = True
        elif kind == "version":
            opened, position = _enter(sql, match, opened)
            spaced = True
        else:
            yield _lexeme(sql, kind, text, start, spaced)
            spaced = False
    if opened >= 0:
        raise syntax_error(sql, opened)


def _enter(sql: str, match: re.Match[str], opened: int) -> tuple[int, int]:
    """Begin an executable comment, or pass over one that is for a later version."""
    if int(match["number_of"] or 0) <= VERSION and opened < 0:
        return match.start(), match.end()
    end = sql.find("*/", match.end())
    if end < 0:
        raise syntax_error(sql, match.start())
    return opened, end + 2


def _lexeme(sql: str, kind: str, text: str, start: int, spaced: bool) -> Lexeme:
    end = start + len(text)
    if kind == "string":
        text = text.lstrip("nN")
        value = _ESCAPE[text[0]].sub(_unescape, text[1:-1])
        if _BYTES.search(value):
            return Lexeme("hex", f"x'{value.encode('utf-8', 'surrogateescape').hex()}'", start, end, spaced)
        return Lexeme(kind, value, start, end, spaced)
    if _BYTES.search(text):
        raise syntax_error(sql, start)
    if kind == "name":
        return Lexeme(kind, text[1:-1].replace("``", "`"), start, end, spaced)
    if (kind == "operator" and text in "'\"`\0") or sql.startswith("/*", start):
        raise syntax_error(sql, start)
    return Lexeme(kind, text, start, end, spaced)


def _unescape(match: re.Match[str]) -> str:
    return match[2] or _ESCAPES.get(match[1], match[1])


def syntax_error(sql: str, position: int) -> SqlSyntaxError:
    """1064 at that place of the text."""
    return SqlSyntaxError(sql[position:], sql.count("\n", 0, position) + 1)


def write(lexemes: list[Lexeme]) -> str:
    """The text in its plain form."""
    return " ".join(map(plain, lexemes))


def plain(lexeme: Lexeme) -> str:
    if lexeme.kind == "string":
        return "'" + lexeme.text.replace("\\", "\\\\").replace("'", "''") + "'"
    if lexeme.kind == "name":
        return "`" + lexeme.text.replace("`", "``") + "`"
    return lexeme.text
