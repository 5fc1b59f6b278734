"""What the statements' grammars have in common: words, names, and the error that shows the right form."""

import re

from plugins.errors import AskwireError, ErrorCode
from plugins.literals import read_literal, skip_blank

NAME_CHARS = 64
_WORD = re.compile(r"[A-Za-z_][\w$.:-]*")
_NUMBER = re.compile(r"\d{1,18}(?![\w.])")
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


class Reader:
    """Reads a statement from left to right. Every method that finds something else raises SYNTAX with ``form``."""

    def __init__(self, text: str, form: str) -> None:
        self._text = text
        self._form = form
        self._at = skip_blank(text)

    def accept(self, *words: str) -> bool:
        """Whether ``words`` (in capitals) come next; then they are read."""
        at = self._at
        for word in words:
            if word_at(self._text, at).upper() != word:
                return False
            at = skip_blank(self._text, at + len(word))
        self._at = at
        return True

    def accept_mark(self, mark: str) -> bool:
        """The same for punctuation."""
        found = self._text.startswith(mark, self._at)
        if found:
            self._at = skip_blank(self._text, self._at + len(mark))
        return found

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.error(f"{' '.join(words)} is missing")

    def name(self, what: str = "the name") -> str:
        """A name of 1 to 64 printable characters, bare or quoted; runs of blanks in it count as one."""
        name, self._at = read_name(self._text, self._at, f"{what} is missing", self._form)
        if not name.strip() or len(name) > NAME_CHARS or not name.isprintable():
            raise self.error(f"a name has 1 to {NAME_CHARS} printable characters")
        self._at = skip_blank(self._text, self._at)
        return " ".join(name.split())

    def string(self, what: str) -> str:
        """A string literal with something in it that can be seen."""
        literal = read_literal(self._text, self._at)
        if literal is None:
            raise self.error(f"{what} is a string in quotes")
        if not "".join(filter(str.isprintable, literal[0])).strip():
            raise self.error(f"{what} is empty")
        self._at = skip_blank(self._text, literal[1])
        return literal[0]

    def number(self, what: str) -> int:
        """A whole number."""
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            raise self.error(f"{what} is missing")
        self._at = skip_blank(self._text, found.end())
        return int(found.group())

    @property
    def digit(self) -> bool:
        """Whether a number comes next."""
        return _NUMBER.match(self._text, self._at) is not None

    @property
    def ended(self) -> bool:
        return self._at >= len(self._text)

    def rest(self, what: str) -> str:
        """Everything that is left; there must be something."""
        rest, self._at = self._text[self._at :].strip(), len(self._text)
        if not rest:
            raise self.error(f"{what} is missing")
        return rest

    def end(self) -> None:
        if not self.ended:
            raise self.error(f"unexpected {self._text[self._at : self._at + 40]!r}")

    def error(self, message: str) -> AskwireError:
        """To be raised."""
        return syntax_error(message, self._form)
