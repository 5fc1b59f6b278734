"""A question that is a verified query's question, up to its parameters, answered without a model.

The parameters are the question's numbers, quoted strings, days and values of columns that stand as literals in the SQL
too (``parameters``). Where there is any doubt it is no match, and the query is an example for the model instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from knowledge.records import VerifiedQuery
from nl2sql.catalog import Catalog
from nl2sql.parameters import Place, Way, names_it, places, way_of, write
from nl2sql.questions import Kind, Piece, ValueIndex, pieces
from nl2sql.verified import missing
from plugins.readonly import Rejected, parse_one

# With these a question asks for other days tomorrow; SQL that names days answers it for one day only.
_SAID_NOW = "today yesterday tomorrow now current currently this last past previous next recent recently ago since"
_RELATIVE = frozenset(_SAID_NOW.split())
PARSED = 1024
# A longer question is told apart from no other by its words; and reading it would keep everybody waiting.
QUESTION_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Match:
    """``tree`` is ``query``'s SQL with the parameters of the question asked; it must still pass the guard."""

    query: VerifiedQuery
    tree: exp.Query
    changed: tuple[tuple[str, str], ...] = ()  # literals: before, after


@dataclass(frozen=True, slots=True)
class Pattern:
    """A verified query taken apart. ``uses``: place of a piece that may vary -> its literals."""

    query: VerifiedQuery
    tree: exp.Query
    pieces: tuple[Piece, ...]
    places: tuple[Place, ...]
    uses: dict[int, tuple[tuple[int, Way], ...]]

    def fill(self, asked: Sequence[Piece]) -> Match | None:
        """The match with a question of the same skeleton; None when they differ in more than parameters."""
        literals: dict[int, str] = {}
        for at, (old, new) in enumerate(zip(self.pieces, asked, strict=True)):
            if _same(old, new):
                continue
            if at not in self.uses:
                return None
            for literal, way in self.uses[at]:
                text = write(way, self.places[literal], old, new)
                if text is None:
                    return None
                literals[literal] = text
        return Match(self.query, *self._written(literals))

    def _written(self, literals: dict[int, str]) -> tuple[exp.Query, tuple[tuple[str, str], ...]]:
        tree = self.tree.copy()
        found = list(tree.find_all(exp.Literal))
        changed = []
        for at, text in literals.items():
            place = self.places[at]
            if text != place.text:
                changed.append((place.text, text))
                found[at].replace(exp.Literal.string(text) if place.is_string else exp.Literal.number(text))
        return tree, tuple(changed)


def _same(old: Piece, new: Piece) -> bool:
    """The very same piece; a value that the question puts in quotes is the same value."""
    if old == new:
        return True
    kinds = {old.kind, new.kind}
    return kinds == {Kind.TEXT, Kind.VALUE} and bool(set(old.values) & set(new.values))


@lru_cache(maxsize=PARSED)
def _parsed(sql: str) -> tuple[exp.Query, tuple[Place, ...]]:
    tree = parse_one(sql)
    return tree, tuple(places(tree))


def pattern(query: VerifiedQuery, values: ValueIndex) -> Pattern | None:
    """``query`` taken apart; None when it can only be an example. Never raises."""
    try:
        tree, literals = _parsed(query.sql)
    except Rejected:
        return None
    asked = pieces(query.question, values)
    hits = {
        at: tuple((n, way) for n, place in enumerate(literals) if (way := way_of(piece, place)) is not None)
        for at, piece in enumerate(asked)
    }
    explained = {n for found in hits.values() for n, _ in found}
    if _dated(asked, literals, explained):
        return None
    uses = {
        at: found
        for at, found in hits.items()
        if found and _may_vary(at, asked[at], hits, literals) and not names_it(asked[at], tree)
    }
    return Pattern(query, tree, asked, literals, uses)


def dated(question: str, sql: str) -> bool:
    """Whether ``sql`` names days that ``question`` does not, but asks for relative ones ("last month").

    Such SQL is right for one day only, so that it serves as an example. Raises Rejected.
    """
    literals = _parsed(sql)[1]
    asked = pieces(question)
    explained = {n for piece in asked for n, place in enumerate(literals) if way_of(piece, place) is not None}
    return _dated(asked, literals, explained)


def _dated(asked: tuple[Piece, ...], literals: tuple[Place, ...], explained: set[int]) -> bool:
    relative = any(p.kind is Kind.WORD and p.text in _RELATIVE for p in asked)
    return relative and any(place.date_like for n, place in enumerate(literals) if n not in explained)


def _may_vary(at: int, piece: Piece, hits: dict[int, tuple[tuple[int, Way], ...]], literals: tuple[Place, ...]) -> bool:
    mine = {n for n, _ in hits[at]}
    others = {n for other, found in hits.items() if other != at for n, _ in found}
    subjects = {literals[n].subject for n in mine}
    if mine & others or not all(literals[n].direct for n in mine):
        return False
    if len(subjects) > 1 and piece.span is None:
        return False
    for n, place in enumerate(literals):
        beside = place.direct and place.subject in subjects
        dated = piece.span is not None and place.date_like
        said = place.is_string and piece.text.casefold() in place.text.casefold()
        if n not in mine | others and (beside or dated or said):
            return False
    return True


class Matcher:
    """The verified queries that hold in one catalog, ready to be asked; build it once for many questions."""

    def __init__(self, queries: Iterable[VerifiedQuery], catalog: Catalog) -> None:
        self.queries = tuple(query for query in queries if missing(query, catalog) is None)
        self._values = ValueIndex(catalog)
        self._by_skeleton: dict[tuple[str, ...], list[VerifiedQuery]] = {}
        self._patterns: dict[str, Pattern | None] = {}
        for query in self.queries:
            self._by_skeleton.setdefault(_skeleton(pieces(query.question, self._values)), []).append(query)

    def match(self, question: str) -> Match | None:
        """The query that ``question`` is: literally before by other parameters, the account's own before a shared one.

        None also when two of one rank would answer with different SQL.
        """
        if len(question) > QUESTION_CHARS:
            return None
        asked = pieces(question, self._values)
        ranked: dict[tuple[bool, bool], list[Match]] = {}
        for query in self._by_skeleton.get(_skeleton(asked), ()):
            taken = self._pattern(query)
            found = taken.fill(asked) if taken is not None else None
            if found is not None:
                ranked.setdefault((bool(found.changed), query.shared), []).append(found)
        if not ranked:
            return None
        best = ranked[min(ranked)]
        return best[0] if all(m.tree == best[0].tree for m in best) else None

    def _pattern(self, query: VerifiedQuery) -> Pattern | None:
        if query.name not in self._patterns:
            self._patterns[query.name] = pattern(query, self._values)
        return self._patterns[query.name]


def _skeleton(asked: tuple[Piece, ...]) -> tuple[str, ...]:
    return tuple(piece.text if piece.kind is Kind.WORD else "#" for piece in asked)


def match(question: str, queries: Iterable[VerifiedQuery], catalog: Catalog) -> Match | None:
    """The verified query that ``question`` is up to its parameters, with its SQL for them; None when there is none."""
    return Matcher(queries, catalog).match(question)
