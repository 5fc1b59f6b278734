"""How much of the question a statement takes up: its values, its numbers, its words, the outputs that it asks for.

Candidates that run are told apart by this: one that leaves out "placebo" or "top 5" answered another question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from nl2sql.asked import Asked
from nl2sql.catalog import Catalog
from nl2sql.guard import Guarded
from nl2sql.unasked import stated
from nl2sql.values import FoundValue
from nl2sql.words import content_words, stem, words

_TOP = re.compile(
    r"\b(?:top|first|best|worst|largest|highest|lowest|most|the)\s+(\d{1,3})\b"
    r"(?!\s*(?:day|week|month|quarter|year|%))",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:return|show|give me|give|list|display|include)\s+(?P<what>[^.?!;]+)", re.IGNORECASE)
_PARTS = re.compile(r",\s*(?:and\s+)?|\s+and\s+|\s+along with\s+|\s+as well as\s+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w-])\d+(?:\.\d+)?(?![\w-])")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares between 0 and 1; 1 where the question gives nothing to look for."""

    values: float
    words: float
    numbers: float
    outputs: float
    stated: float

    @property
    def total(self) -> float:
        """Weighted: a value that is left out, or put in unasked, weighs most."""
        return 0.25 * self.values + 0.25 * self.words + 0.1 * self.numbers + 0.2 * self.outputs + 0.2 * self.stated


def cover(asked: Asked, guarded: Guarded, catalog: Catalog) -> Coverage:
    """Compare the statement with the question."""
    question, values = asked.question, asked.values
    literals = {node.name.casefold() for node in guarded.tree.find_all(exp.Literal)}
    return Coverage(
        _share(any(v.value.casefold() in text for text in literals) for v in _distinct(values)),
        _words(question, guarded, catalog),
        _share(_number(n, literals) for n in _numbers(question)),
        _outputs(question, guarded),
        stated(guarded.tree, asked),
    )


def _distinct(values: Sequence[FoundValue]) -> list[FoundValue]:
    return list({v.value.casefold(): v for v in values}.values())


def _share(tests: Iterable[bool]) -> float:
    results = list(tests)
    return sum(results) / len(results) if results else 1.0


def _words(question: str, guarded: Guarded, catalog: Catalog) -> float:
    """Of the question's words that name a table or column, the share that the statement's names have too."""
    used = {*guarded.tables, *(name.partition(".")[2] for name in guarded.columns)}
    every = {name for t in catalog.tables for name in (t.name, *(c.name for c in t.columns))}
    asked = [w for w in content_words(question) if any(_names(w, name) for name in every)]
    return _share(any(_names(w, name) for name in used) for w in asked)


def _names(word: str, name: str) -> bool:
    parts = [stem(p) for p in words(name)]
    return word in parts or (len(word) >= 4 and any(word in p for p in parts if len(p) > 8))


def _numbers(question: str) -> list[str]:
    return list(dict.fromkeys(_NUMBER.findall(question)))


def _number(number: str, literals: set[str]) -> bool:
    return any(number == text or (len(number) == 4 and number in text) for text in literals)


def _outputs(question: str, guarded: Guarded) -> float:
    """The number of columns against the number of things that "return the …, … and …" lists."""
    asked = max((len([p for p in _PARTS.split(m["what"]) if p.strip()]) for m in _ASKS.finditer(question)), default=0)
    given = len(guarded.tree.selects) if not guarded.tree.is_star else asked
    share = min(1.0, given / asked) if asked else 1.0
    top = _TOP.search(question)
    if top and guarded.tree.args.get("limit") is None and "rank" not in guarded.sql.lower():
        share *= 0.5
    return share
