"""Verified queries whose questions are like the one asked: examples for the prompt, by BM25 over the words."""

import math
from collections import Counter
from collections.abc import Iterable

from knowledge.records import VerifiedQuery
from nl2sql.words import content_stems

# https://doi.org/10.1561/1500000019 (Robertson, Zaragoza): the usual values.
K1 = 1.2
B = 0.75
# An example that shares a smaller part of the question's words rather misleads.
MIN_SHARE = 0.4


class Examples:
    """Verified queries made ready to be searched; build it once for many questions."""

    def __init__(self, queries: Iterable[VerifiedQuery]) -> None:
        self._queries = tuple(queries)
        self._stems = [Counter(content_stems(query.question)) for query in self._queries]
        self._spread = Counter(stem for stems in self._stems for stem in stems)
        self._average = sum(s.total() for s in self._stems) / max(1, len(self._stems)) or 1.0

    def similar(self, question: str, k: int) -> list[VerifiedQuery]:
        """At most ``k``, the likest first; of the like, the account's own first."""
        asked = content_stems(question)
        weights = {stem: self._weight(stem) for stem in asked}
        found = []
        for query, stems in zip(self._queries, self._stems, strict=True):
            shared = sum(1 for stem in asked if stem in stems)
            if shared and shared >= MIN_SHARE * len(asked):
                score = sum(weights[stem] * self._saturated(stems[stem], stems.total()) for stem in asked)
                found.append((-score, query.shared, query.name, query))
        return [query for *_, query in sorted(found, key=lambda f: f[:3])[:k]]

    def _weight(self, stem: str) -> float:
        n = self._spread[stem]
        return math.log(1 + (len(self._queries) - n + 0.5) / (n + 0.5))

    def _saturated(self, count: int, length: int) -> float:
        return count * (K1 + 1) / (count + K1 * (1 - B + B * length / self._average))


def similar(question: str, queries: Iterable[VerifiedQuery], k: int) -> list[VerifiedQuery]:
    """``Examples.similar`` for a single question."""
    return Examples(queries).similar(question, k)
