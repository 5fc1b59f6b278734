"""A statement's text in a form that every reader of MySQL's SQL reads alike, or none at all.

What is checked must be what the server runs. Comments go, strings lose what is in them, and whatever two readers may
take for different things is refused: executable comments, ``--`` without a space, control characters, backslashes
outside of strings, white space that is none in ASCII. The result also serves as the key of a cache: statements that
differ in their values only are the same.
"""

import re

from plugins.errors import AskwireError, ErrorCode

MAX_BYTES = 1 << 16
_TOKEN = re.compile(
    r"""
    (?P<string>(?:[xXbBnN](?='))?'(?:[^'\\]|\\.|'')*+'|"(?:[^"\\]|\\.|"")*+")
    | (?P<quoted>`(?:[^`]|``)*+`)
    | (?P<comment>/\*(?P<inside>(?:[^*]|\*(?!/))*+)\*/|\#[^\n]*+|--(?=[ \t\r\n]|\Z)[^\n]*+)
    | (?P<number>(?<![\w$.@])[0-9]++(?![\w$.]))
    | (?P<word>(?:[A-Za-z0-9_$]|[^\W\d_])++)
    | (?P<space>[ \t\r\n]++)
    | (?P<other>:=|-(?!-)|/(?!\*)|[+*%=<>!&|^~(),.;?@])
    """,
    re.X | re.S,
)
_PLAIN = re.compile(r"['\"][A-Za-z_][A-Za-z0-9_]{0,63}['\"]")
_PATH = re.compile(r"'\$[\w$.*\[\]]{0,99}'", re.A)
_DIGITS = re.compile(r"(?:0x[0-9a-fA-F]+|0b[01]+|[0-9]+[eE](?:[0-9]+|(?=[-+][0-9]))|[0-9]+)(?![\w$]|[^\x00-\x7f])")
_POSITIONS = re.compile(r"\b(?:order|group)\b", re.I)
STRING = "'s'"


def refused(reason: str) -> AskwireError:
    return AskwireError(ErrorCode.MASKED, reason)


def normalised(text: str) -> str:
    """Raises ``AskwireError``: MASKED."""
    if len(text) > MAX_BYTES:
        raise refused("Columns are masked for this account, and the statement is too long to be checked")
    numbers = _POSITIONS.search(text) is None  # else 1 may be the number of a column
    parts: list[str] = []
    at, word = 0, ""
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise refused(f"Columns are masked for this account, and {_shown(text[at])} cannot be checked here")
        kind, found, at = match.lastgroup, match.group(), match.end()
        if kind == "word" and found[0].isdigit() and not _is_number(text, match):
            raise refused(f"Columns are masked for this account, and {found[:40]!r} cannot be checked: quote it")
        if match["comment"]:
            _check_comment(match["inside"])
            found = " " if parts else ""
        elif match["string"]:
            found = _string(found, word)
        elif kind == "number" and numbers:
            found = "7"
        elif match["space"]:
            found = " " if parts else ""
        if found.strip():
            word = found
        if found != " " or parts[-1] != " ":
            parts.append(found)
    return "".join(parts).strip(" ;")


def _is_number(text: str, match: re.Match[str]) -> bool:
    number = _DIGITS.match(text, match.start())
    return number is not None and number.end() == match.end()


def _string(found: str, before: str) -> str:
    """The name that a string gives a column stays; everything else is only some string."""
    if _PATH.fullmatch(found):
        return found  # of JSON
    named = before.lower() == "as" and _PLAIN.fullmatch(found)
    return f"'{found[1:-1]}'" if named else STRING


def _check_comment(inside: str | None) -> None:
    said = (inside or "").lstrip()
    if said[:1] == "!" or said[:2] == "M!" or "/*" in said:
        raise refused("Columns are masked for this account, and a comment that is run cannot be checked")
    if inside is not None and inside[:1] == "+" and re.search("set_var|resource_group", inside, re.I):
        raise refused("Columns are masked for this account, and a hint that sets variables cannot be checked")
    if re.fullmatch(r"\s*raw\s*", inside or "", re.I):
        raise refused("Columns are masked for this account, and only SQL of MySQL can be checked")


def _shown(character: str) -> str:
    return f"the character {character!r}"
