"""Messages in the session's language: catalogs of gettext's form, read when a session first asks for one.

The code says everything in English. Where a message leaves the gateway, it is looked up here: the template that it was
made from (``There is no model {chosen}``) is found by its fixed parts, what stands between them is put into the
translation, itself translated where it is a message. What no catalog knows stays English, and so do codes, the names of
columns and the labels that programs look for (``SQL: …``, ``Confidence: …``).
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plugins.errors import AskwireError
from plugins.types import Note

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "zh": "Chinese", "ja": "Japanese"}
STATE = "askwire.language"  # of ``Session.state``: what SET ASK language said
CONSOLE = "console"  # the context of its messages
MOST_CHARS = 20_000
DEPTH = 3
_HOLE = re.compile(r"\{(\w+)\}")
_PART = "; "
MOST_PARTS = 8
_STOPS = "。．. "


def language_of(state: Mapping[str, Any], default: str = ENGLISH) -> str:
    """The code of a session's language; ``default`` is the settings' ``language``."""
    return str(state.get(STATE, default))


def translated(text: str, language: str) -> str:
    """``text`` in ``language``; as it is where no catalog knows it."""
    if language == ENGLISH or not text or len(text) > MOST_CHARS:
        return text
    return catalog(language).translated(text, DEPTH)


def translated_note(note: Note, language: str) -> Note:
    """The same note in ``language``."""
    return note if language == ENGLISH else replace(note, message=translated(note.message, language))


def translated_error(error: AskwireError, language: str) -> str:
    """What happened and what to do, as ``str(error)`` says it in English."""
    if language == ENGLISH:
        return str(error)
    what, advice = translated(error.message, language), translated(error.advice, language)
    return f"{what.rstrip(_STOPS)}。{advice}"


@dataclass(frozen=True, slots=True)
class Template:
    """A message with holes: the fixed ``pieces`` around them, one more than ``holes``."""

    pieces: tuple[str, ...]
    holes: tuple[str, ...]
    translation: str

    @property
    def weight(self) -> int:
        """Characters that are fixed."""
        return sum(map(len, self.pieces))

    def match(self, text: str) -> dict[str, str] | None:
        """What stands in the holes; None when ``text`` was not made from this. Takes time in proportion to the text."""
        first, *middle, last = self.pieces
        end = len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last) or end < len(first):
            return None
        at, found = len(first), []
        for piece in middle:
            place = text.find(piece, at, end)
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(piece)
        return dict(zip(self.holes, [*found, text[at:end]], strict=True))


class Catalog:
    """The messages of one language. A full stop at the end does not tell messages apart."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        messages = {text.rstrip("."): said.rstrip("。") for text, said in messages.items()}
        self.whole = {text: said for text, said in messages.items() if not _HOLE.search(text)}
        made = [
            Template(tuple(_HOLE.split(text)[::2]), tuple(_HOLE.findall(text)), said)
            for text, said in messages.items()
            if text not in self.whole
        ]
        # The more is fixed, the surer it is.
        self.templates = sorted(made, key=lambda template: -template.weight)

    def translated(self, text: str, depth: int) -> str:
        """``depth``: how many messages may stand in one another."""
        bare = text.rstrip(".")
        said = self.whole.get(bare) or self._made(bare, depth)
        return text if said is None else said if bare == text else f"{said}。"

    def _made(self, text: str, depth: int) -> str | None:
        """From a template; of a text of several parts from one of as many, else part by part.

        Where a part alone is no message, the whole may be one message inside of another.
        """
        if _PART not in text:
            return self._from_template(text, depth, self.templates)
        whole = self._from_template(text, depth, [t for t in self.templates if any(_PART in p for p in t.pieces)])
        parts = text.split(_PART)
        if whole or len(parts) > MOST_PARTS:
            return whole
        said = [self.translated(part, depth) for part in parts]
        if all(part != own for part, own in zip(said, parts, strict=True)):
            return "；".join(said)
        return self._from_template(text, depth, self.templates, nested=True) or self._joined(said, parts)

    @staticmethod
    def _joined(said: list[str], parts: list[str]) -> str | None:
        if said == parts:
            return None
        # What is no message of ours may be a value with a semicolon in it.
        joined = said[0]
        for part, own in zip(said[1:], parts[1:], strict=True):
            joined += (_PART if part == own else "；") + part
        return joined

    def _from_template(self, text: str, depth: int, templates: list[Template], *, nested: bool = False) -> str | None:
        """``nested``: what holds several parts must be a message itself."""
        for template in templates:
            found = template.match(text)
            if found is None:
                continue
            inner = {name: self._inner(value, depth - 1) for name, value in found.items()}
            if not nested or all(_PART not in value or inner[name] != value for name, value in found.items()):
                return _HOLE.sub(lambda hole, filled=inner: filled[hole[1]], template.translation)  # type: ignore[misc]
        return None

    def _inner(self, text: str, depth: int) -> str:
        """What stands in a hole is a message only if it has several words."""
        return self.translated(text, depth) if depth > 0 and " " in text.strip() else text


@functools.cache
def catalog(language: str) -> Catalog:
    """Of one of ``LANGUAGES``."""
    return Catalog(_read(language, None))


@functools.cache
def console_words(language: str) -> Mapping[str, str]:
    """The words of the admin endpoint's page: English -> ``language``. Its messages have a context of their own."""
    return {} if language == ENGLISH else _read(language, CONSOLE)


def _read(language: str, context: str | None) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with Path(__file__).with_name(f"{language}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id and m.context == context}
