"""A question as comparable pieces: its words without case, plural and filler, and what may be a parameter.

Two questions with the same pieces are the same question.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from nl2sql.catalog import Catalog
from nl2sql.spans import PATTERN as SPAN
from nl2sql.spans import Span, read_span
from nl2sql.words import STOP


class Kind(Enum):
    WORD = "word"
    NUMBER = "number"
    TEXT = "text"  # in quotes
    SPAN = "span"  # of days
    VALUE = "value"  # of a column


@dataclass(frozen=True, slots=True)
class Spelled:
    """A value as the data spells it, and where."""

    table: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Piece:
    """``text`` is what pieces are compared by; the rest is what ``kind`` brings with it."""

    kind: Kind
    text: str
    number: Decimal | None = None
    span: Span | None = None
    values: tuple[Spelled, ...] = field(default=(), compare=False)


# Between two letters an apostrophe ends nothing: 'O'Brien'.
_QUOTED = re.compile(r"(?<!\w)(?:'((?:[^'\n]|(?<=\w)'(?=\w))+)'|\"([^\"\n]+)\"|“([^“”\n]+)”|‘([^‘’\n]+)’)(?!\w)")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w)")
_WORD = re.compile(r"[^\W\d_]+|\d+|[<>=≤≥≠+$€£%]|!=|-(?=\d)")
_PLAIN_WORD = re.compile(r"[^\W\d_]+|\d+")
# "customer's orders": the ending says nothing, but in quotes every letter counts.
_POSSESSIVE = re.compile(rf"(?P<quoted>{_QUOTED.pattern})|['’]s\b")

_NUMBER_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBERS = {word: str(n) for n, word in enumerate(_NUMBER_WORDS, 2)} | {"twenty": "20", "fifty": "50", "hundred": "100"}
# Said before a question, and no part of it.
_LEAD = re.compile(
    r"(?:(?:please|kindly|hi|hello|show|find|get|give|tell|me|us|(?:which|who|what)(?:['’]s)?|is|are|can you|could you"
    # Before a noun these are nouns themselves: the list price, the return rate.
    r"|(?:list|display|return|fetch)(?= (?:me|us|the|all|an?|how|what|which|who)\b)"
    r"|i want to (?:see|know)|i(?:'d| would) like to (?:see|know)|do you know)\b[\s,:]*)+",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    ["a", "an", "the", "please", "of", "all", "is", "are", "do", "does", "did", "there", "have", "has", "our"]
)
# One way of saying it for several; longer ones first.
_SAME = (
    (("for", "each"), "by"),
    (("in", "each"), "by"),
    (("how", "many"), "count"),
    (("number",), "count"),
    (("per",), "by"),
    (("were",), "was"),
    (("percent",), "%"),
)


class ValueIndex:
    """The example values of a catalog, to be found in questions."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        self._phrases: dict[tuple[str, ...], list[Spelled]] = {}
        self._longest: dict[str, int] = {}
        for table in catalog.tables if catalog else ():
            for column in table.columns:
                for value in column.values:
                    self._add(Spelled(table.name, column.name, value))

    def _add(self, spelled: Spelled) -> None:
        phrase = _phrase(spelled.value)
        # Numbers are parameters anyway; a letter or a word like "no" is hardly ever meant as the value.
        if not phrase or (len(phrase) == 1 and (phrase[0].isdigit() or len(phrase[0]) < 2 or phrase[0] in STOP)):
            return
        self._phrases.setdefault(phrase, []).append(spelled)
        self._longest[phrase[0]] = max(self._longest.get(phrase[0], 0), len(phrase))

    def find(self, words: list[str], at: int) -> tuple[int, tuple[Spelled, ...]] | None:
        """The longest value that begins at ``words[at]``: how many words, and whose value it is."""
        for length in range(min(self._longest.get(words[at], 0), len(words) - at), 0, -1):
            found = self._phrases.get(tuple(words[at : at + length]))
            if found:
                return length, tuple(found)
        return None

    def whole(self, text: str) -> tuple[Spelled, ...]:
        """The values that all of ``text`` is, not only its beginning."""
        return tuple(self._phrases.get(_phrase(text), ()))


NO_VALUES = ValueIndex()


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(singular(word) for word in _PLAIN_WORD.findall(_without_possessives(text).casefold()))


def _without_possessives(text: str) -> str:
    return _POSSESSIVE.sub(r"\g<quoted>", text)


def singular(word: str) -> str:
    """The singular of an English plural, near enough to compare with."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def pieces(question: str, values: ValueIndex = NO_VALUES) -> tuple[Piece, ...]:
    """The question's pieces, in order, without filler."""
    text = _without_possessives(question[_lead(question) :])
    plain = [(m.start(), m.end()) for m in _PLAIN_WORD.finditer(text)]
    words = [singular(text[a:b].casefold()) for a, b in plain]
    starts = {a: n for n, (a, _) in enumerate(plain)}
    found: list[Piece] = []
    at = 0
    while at < len(text):
        piece, at = _piece_at(text, at, values, words, plain, starts)
        if piece is not None:
            found.append(piece)
    return tuple(_said_one_way(found))


def _lead(question: str) -> int:
    found = _LEAD.match(question.lstrip())
    end = len(question) - len(question.lstrip()) + (found.end() if found else 0)
    return end if end < len(question.rstrip(" ?.!")) else 0


def _piece_at(
    text: str,
    at: int,
    values: ValueIndex,
    words: list[str],
    plain: list[tuple[int, int]],
    starts: dict[int, int],
) -> tuple[Piece | None, int]:
    """The piece that begins at ``text[at]``, if any, and where to go on."""
    if quoted := _QUOTED.match(text, at):
        inner = next(g for g in quoted.groups() if g is not None)
        return Piece(Kind.TEXT, inner, values=values.whole(inner)), quoted.end()
    begins = at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_")
    if begins and (found := SPAN.match(text, at)) and (span := read_span(found)):
        # A year may as well be a number.
        number = Decimal(found["year4"]) if found["year4"] else None
        return Piece(Kind.SPAN, f"{span.kind} {span.first}", number, span), found.end()
    if at in starts and (value := values.find(words, starts[at])):
        first, length = starts[at], value[0]
        phrase = " ".join(words[first : first + length])
        return Piece(Kind.VALUE, phrase, values=value[1]), plain[first + length - 1][1]
    if begins and (number_found := _NUMBER.match(text, at)) and not (at and text[at - 1] in "-."):
        return _number(number_found.group().replace(",", "")), number_found.end()
    if word := _WORD.match(text, at):
        folded = word.group().casefold()
        if folded in _NUMBERS:
            return _number(_NUMBERS[folded]), word.end()
        return Piece(Kind.WORD, singular(folded)), word.end()
    return None, at + 1


def _number(text: str) -> Piece:
    return Piece(Kind.NUMBER, text, Decimal(text))


def _said_one_way(found: list[Piece]) -> Iterable[Piece]:
    at = 0
    while at < len(found):
        for phrase, instead in _SAME:
            here = found[at : at + len(phrase)]
            if tuple(p.text for p in here) == phrase and all(p.kind is Kind.WORD for p in here):
                yield Piece(Kind.WORD, instead)
                at += len(phrase)
                break
        else:
            if found[at].kind is not Kind.WORD or found[at].text not in _FILLERS:
                yield found[at]
            at += 1


def same_question(one: str, other: str) -> bool:
    """Whether they differ in case, spaces, punctuation, plurals and filler words only."""
    return pieces(one) == pieces(other)
