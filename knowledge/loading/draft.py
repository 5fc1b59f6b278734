"""A document in the making: text, its places, and the parts that could not be read."""

import re
from typing import NoReturn

from knowledge.loading.types import Limits, LoadError, Mark

# Control characters; marks that turn the direction of writing; soft hyphens; what no reader sees and models do, tag
# characters, variation selectors (but those of emoji) and fillers: any bytes can be hidden in them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_TITLE_CHARS = 300


class Draft:
    """Collects text up to ``limits.text_chars``; beyond it every method raises ``LoadError``."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.title = ""
        self.failures: list[tuple[str, str]] = []
        self._parts: list[str] = []
        self._marks: list[Mark] = []
        self._length = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(self._marks)

    @property
    def is_empty(self) -> bool:
        return not any(part.strip() for part in self._parts)

    def add(self, text: str) -> None:
        """Append ``text`` as a block of its own."""
        cleaned = clean(text).strip("\n")
        if not cleaned.strip():
            return
        block = f"{cleaned}\n\n"
        self._length += len(block)
        if self._length > self.limits.text_chars:
            raise LoadError(f"holds more than {self.limits.text_chars:,} characters of text")
        self._parts.append(block)

    def mark(self, place: str) -> None:
        """What is added from here on stands at ``place``."""
        self._marks.append(Mark(self._length, one_line(place)))

    def fail(self, part: str, reason: str) -> None:
        """``part`` (``pages 3-5``) could not be read."""
        self.failures.append((part, reason))

    def refuse(self, reason: str) -> NoReturn:
        """None of it can be."""
        raise LoadError(reason)


def clean(text: str) -> str:
    """Without what nobody sees: control characters and the like. Ends of lines become a line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def one_line(text: str, chars: int = _TITLE_CHARS) -> str:
    """``text`` for a title or a place."""
    return " ".join(clean(text).split())[:chars]


def table(rows: list[list[str]]) -> str:
    """A Markdown table; the first row is its head. Every row becomes one line, as wide as the widest."""
    width = max(map(len, rows))
    lines = ["| " + " | ".join([*map(cell, row), *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def cell(text: str) -> str:
    """``text`` within a Markdown table: on one line, its bars escaped."""
    return " ".join(clean(text).split()).replace("|", r"\|")
