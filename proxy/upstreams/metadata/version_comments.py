"""Comments that only MySQL executes: ``/*!40101 SET NAMES utf8 */``.

https://dev.mysql.com/doc/refman/8.4/en/comments.html
"""

import re

VERSION_ID = 80400
# Possessive, and what is never closed reaches to the end of the text: nothing is scanned twice, however hostile.
_PIECE = re.compile(
    r"""(?P<string>'(?:[^'\\]++|\\.|'')*+(?:'|\Z)|"(?:[^"\\]++|\\.|"")*+(?:"|\Z)|`(?:[^`]++|``)*+(?:`|\Z))"""
    r"""|(?P<line>\#[^\n]*+|--(?=[\s]|$)[^\n]*+)"""
    r"""|/\*(?P<maria>M)?!(?P<version>\d{5,6})?(?P<body>(?:[^*]++|\*(?!/))*+)(?P<closed>\*/|\Z)"""
    r"""|(?P<comment>/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))""",
    re.DOTALL,
)
_FIRST = re.compile(r"(?:\s|/\*(?:[^*]++|\*(?!/))*+\*/|#[^\n]*+\n|--\s[^\n]*+\n)*+(\(|\w+)", re.DOTALL)


def unwrapped(sql: str) -> str:
    """The statement as a server of this version reads it; text without such comments is returned as it is."""
    if "/*!" not in sql and "/*M!" not in sql:
        return sql
    return _PIECE.sub(_executed, sql).strip()


def _executed(found: re.Match[str]) -> str:
    body = found["body"]
    if body is None or not found["closed"]:
        return found[0]
    applies = not found["maria"] and int(found["version"] or 0) <= VERSION_ID
    return f" {body} " if applies else " "


def first_word(sql: str) -> str:
    """The first keyword in capitals (or ``(``), after comments; empty when there is none."""
    found = _FIRST.match(sql)
    return found[1].upper() if found else ""
