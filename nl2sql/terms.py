"""Which of the taught terms belong to a question.

A small model pays for each token of its prompt and is led astray by what does not belong there. So what the question
names comes first, then sentences that share its rarer words, last what always holds; the rest stays out. Of a long
definition only the sentences nearest to the question are taken.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from knowledge.records import Term
from nl2sql.definitions import Sentence, divide
from nl2sql.questions import singular
from nl2sql.words import content_stems, words

CHARS = 300  # of one definition
BUDGET = 600  # of all of them, with their names
MOST = 4
# Shared words must weigh this much of the question's before a sentence that it does not name is taken.
MIN_SHARE = 0.6
# The same for one that defines an abbreviation which the question does not say: most likely it is about another.
MIN_SHARE_OTHER = 0.9
# And for one beside a definition of what the question names: what else is said only distracts from it.
MIN_SHARE_BESIDE = 0.7
# What always holds has to be about the question too.
MIN_SHARE_GENERAL = 0.2
# Two sentences with as many stems in common say the same.
ALIKE = 0.6
GENERAL = 1


_ABBREVIATION = re.compile(r"\b[A-Z][A-Z0-9]+\b")
# How a definition says what to compute; of two definitions of one abbreviation such a one helps more.
_FORMULA = re.compile(r"[*/+]|\b(?:divided by|ratio of|count|sum|average|number of|total)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Scored:
    sentence: Sentence
    stems: frozenset[str]
    named: bool
    share: float  # of the weight of the question's words

    @property
    def near(self) -> bool:
        """Near enough without being named."""
        return self.share >= (MIN_SHARE_OTHER if self.sentence.names else MIN_SHARE)

    @property
    def rank(self) -> tuple[int, float, int]:
        """Smaller is nearer."""
        tier = 0 if self.named else 1 if self.near else 2
        said = len(_FORMULA.findall(self.sentence.text)) if self.sentence.names else 0
        return tier, -self.share, -said


class Glossary:
    """Terms made ready to be chosen from; build it once for many questions."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._sentences = [sentence for term in terms for sentence in divide(term)]
        self._stems = [frozenset(content_stems(f"{s.term.name} {s.text}")) for s in self._sentences]
        self._called = [tuple(singular(word) for word in words(s.term.name)) for s in self._sentences]
        self._longest = max(map(len, self._called), default=0)
        explained = {name for s in self._sentences for name in s.names}
        # An abbreviation that nobody defines is explained by the sentence that uses it.
        self._uses = [
            {a for a in _ABBREVIATION.findall(s.text) if a.casefold() not in explained} for s in self._sentences
        ]
        self._spread = Counter(stem for stems in self._stems for stem in stems)

    def choose(self, question: str, budget: int = BUDGET) -> list[Term]:
        """The terms for ``question``, the nearest first, cut to what belongs to it; ``budget`` in characters."""
        taken: list[_Scored] = []
        general = 0
        for scored in sorted(self._scored(question), key=lambda s: s.rank):
            if taken and taken[0].named and not scored.named and scored.share < MIN_SHARE_BESIDE:
                continue
            if not (scored.named or scored.near):
                general += 1
                if general > GENERAL:
                    continue
            if _fits(scored, taken, budget):
                taken.append(scored)
        return _together(taken)

    def _scored(self, question: str) -> Iterator[_Scored]:
        asked = frozenset(content_stems(question))
        weight = {stem: math.log(1 + len(self._sentences) / (1 + self._spread[stem])) for stem in asked}
        total = sum(weight.values()) or 1.0
        said = _phrases([singular(word) for word in words(question)], self._longest)
        written = {word.casefold() for word in re.findall(r"\w+", question)}
        abbreviations = set() if question.isupper() else set(_ABBREVIATION.findall(question))
        prepared = zip(self._sentences, self._stems, self._called, self._uses, strict=True)
        for sentence, stems, called, uses in prepared:
            named = called in said or not written.isdisjoint(sentence.names) or not abbreviations.isdisjoint(uses)
            shared = stems & asked
            if named or shared or sentence.general:
                scored = _Scored(sentence, stems, named, sum(weight[stem] for stem in shared) / total)
                held = sentence.general and not sentence.names and scored.share >= MIN_SHARE_GENERAL
                if named or scored.near or held:
                    yield scored


def choose_terms(question: str, terms: Iterable[Term], budget: int = BUDGET) -> list[Term]:
    """``Glossary.choose`` for a single question."""
    return Glossary(terms).choose(question, budget)


def _phrases(said: Sequence[str], longest: int) -> set[tuple[str, ...]]:
    """Every run of at most ``longest`` words."""
    lengths = range(1, min(longest, len(said)) + 1)
    return {tuple(said[at : at + length]) for length in lengths for at in range(len(said) - length + 1)}


def _fits(scored: _Scored, taken: Sequence[_Scored], budget: int) -> bool:
    sentence = scored.sentence
    if any(_alike(scored, other) for other in taken):
        return False
    beside = [s for s in taken if s.sentence.term == sentence.term]
    if not beside and len({s.sentence.term for s in taken}) == MOST:
        return False
    if beside and sum(len(s.sentence.text) for s in beside) + len(sentence.text) > CHARS:
        return False
    cost = sum(_cost(s) for s in taken) + _cost(scored)
    return cost <= budget


def _cost(scored: _Scored) -> int:
    return len(scored.sentence.text[:CHARS]) + len(scored.sentence.term.name) + 2


def _alike(one: _Scored, other: _Scored) -> bool:
    if one.sentence.names and other.sentence.names:
        return bool(one.sentence.names & other.sentence.names)
    return len(one.stems & other.stems) > ALIKE * min(len(one.stems), len(other.stems))


def _together(taken: Sequence[_Scored]) -> list[Term]:
    """Each term once, in the order of its nearest sentence, with its sentences in their own order."""
    by_term: dict[Term, list[Sentence]] = {}
    for scored in taken:
        by_term.setdefault(scored.sentence.term, []).append(scored.sentence)
    return [
        replace(term, definition=" ".join(_ended(s.text) for s in sorted(sentences, key=lambda s: s.at)))
        for term, sentences in by_term.items()
    ]


def _ended(text: str) -> str:
    """A sentence with its full stop, cut at a word when it is too long."""
    if len(text) > CHARS:
        return text[: CHARS - 1].rsplit(" ", 1)[0] + "…"
    return text if text.endswith((".", ";", "!", "?", ":")) else f"{text}."
