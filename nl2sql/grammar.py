"""What the statements' grammars have in common: words, names, and the error that shows the right form."""

import re

from nl2sql.literals import read_literal, skip_blank
from plugins import AskwireError, ErrorCode

_WORD = re.compile(r"[A-Za-z_][\w$.:-]*")
_NAME = re.compile(r"`[^`]+`|[A-Za-z_][\w$.:-]*")


def syntax_error(message: str, form: str) -> AskwireError:
    """To be raised: what is wrong, and the form that is right."""
    return AskwireError(ErrorCode.SYNTAX, f"{message}; the form is {form}")


def word_at(text: str, at: int) -> str:
    """The word that begins at ``text[at]``; empty when none does."""
    found = _WORD.match(text, at)
    return found.group() if found else ""


def after_words(text: str, *words: str) -> int | None:
    """The place after ``words``, each followed by blank; None when the text does not begin with them."""
    at = skip_blank(text)
    for word in words:
        if word_at(text, at).upper() != word:
            return None
        at = skip_blank(text, at + len(word))
    return at


def read_name(text: str, at: int, expected: str, form: str) -> tuple[str, int]:
    """A name, bare or in quotes or backticks, and the place after it. Raises SYNTAX."""
    literal = read_literal(text, at)
    if literal is not None:
        return literal
    found = _NAME.match(text, at)
    if found is None:
        raise syntax_error(expected, form)
    return found.group().strip("`"), found.end()
