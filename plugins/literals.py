"""MySQL string literals and leading comments, as the statement grammar needs them."""

import re

# https://dev.mysql.com/doc/refman/8.4/en/string-literals.html
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
# Possessive: a doubled quote is never taken for the end.
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.|'')*+'|"(?:[^"\\]|\\.|"")*+\"""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANK = re.compile(r"\s+")
_LINE_COMMENT = re.compile(r"(?:#|--(?=\s|$))[^\n]*(?:\n|$)")


def read_literal(text: str, start: int) -> tuple[str, int] | None:
    """The string literal that begins at ``text[start]``, decoded, and the place after it; None when there is none."""
    found = _LITERAL.match(text, start)
    if found is None:
        return None
    quote = found.group()[0]
    body = found.group()[1:-1]
    decoded: list[str] = []
    at = 0
    while at < len(body):
        if body[at] == "\\":
            escaped = _ESCAPED.match(body, at)
            assert escaped is not None  # _LITERAL holds every backslash with what follows it
            decoded.append(_unescape(escaped.group(1)))
            at += 2
        else:
            decoded.append(body[at])
            at += 2 if body[at] == quote else 1
    return "".join(decoded), found.end()


def _unescape(character: str) -> str:
    # \% and \_ keep their backslash outside of LIKE patterns too.
    return "\\" + character if character in "%_" else _ESCAPES.get(character, character)


def quote_literal(value: str) -> str:
    """``value`` as a string literal that reads the same with and without NO_BACKSLASH_ESCAPES, unless it holds one."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """``name`` as a quoted identifier."""
    return "`" + name.replace("`", "``") + "`"


def skip_blank(text: str, start: int = 0) -> int:
    """The place of the first character at or after ``start`` that is neither white space nor in a plain comment.

    Comments that the server executes (``/*! … */``, ``/*M! … */``) and optimizer hints are not skipped.
    """
    at = start
    while at < len(text):
        found = _BLANK.match(text, at) or _LINE_COMMENT.match(text, at)
        if found is not None:
            at = found.end()
        elif text.startswith("/*", at) and not text.startswith(("/*!", "/*M!", "/*+"), at):
            end = text.find("*/", at + 2)
            if end < 0:
                return at
            at = end + 2
        else:
            break
    return at
