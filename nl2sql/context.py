"""What of the catalog goes into the prompt: all of it when it fits, else the tables nearest to the question.

And what the question itself says about the data: values of the question that are found in columns.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nl2sql.catalog import Catalog, CatalogTable
from nl2sql.date_columns import date_column
from nl2sql.definitions import defined
from nl2sql.idioms import idiom_hints
from nl2sql.prompt import render_table
from nl2sql.values import QUOTED, FoundValue
from nl2sql.words import content_stems, content_words, related, stem, words

# Measured on schemas with a Qwen2.5 tokenizer: 3.2 to 3.6 characters a token; lower is the safe side.
CHARS_PER_TOKEN = 3.0
# For the tables of a schema that has no room as a whole: they are read anew with every question, and two cores read 110
# tokens a second (measured).
LINKED_TOKENS = 500


@dataclass(frozen=True, slots=True)
class Context:
    """``catalog``: the part that the prompt shows. ``hints``: one line each. ``terms``: definitions from elsewhere."""

    catalog: Catalog
    hints: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    left_out: int = 0  # tables
    values: tuple[FoundValue, ...] = ()


def estimate_tokens(text: str) -> int:
    """A guess that is rather too high than too low."""
    return int(len(text.encode()) / CHARS_PER_TOKEN) + 1


def build_context(
    question: str, catalog: Catalog, budget_tokens: int, terms: tuple[str, ...] = (), said: str = ""
) -> Context:
    """Choose the tables and read the question's idioms. ``budget_tokens`` is for the tables' text.

    ``said``: the question with those that it goes on from, which are about tables too.
    """
    shown = fit(said or question, catalog, budget_tokens)
    left_out = len(catalog.tables) - len(shown.tables)
    said = named_in(question, terms)
    hints = idiom_hints(question, named_words(catalog), said, lambda span: date_column(question, span, shown))
    return Context(shown, tuple(hints), terms, left_out)


def named_in(question: str, terms: tuple[str, ...]) -> str:
    """The definitions whose abbreviation the question says, as one text."""
    said = {word.casefold() for word in re.findall(r"\w+", question)}
    return " ".join(term for term in terms if said & defined(term))


def named_words(catalog: Catalog) -> frozenset[str]:
    """The words that tables and columns are called by."""
    return frozenset(w for t in catalog.tables for name in (t.name, *(c.name for c in t.columns)) for w in words(name))


def fit(question: str, catalog: Catalog, budget_tokens: int) -> Catalog:
    """The whole catalog when it fits the budget; else the few best tables for the question, in the catalog's order."""
    costs = {t.name: estimate_tokens(render_table(t, catalog)) for t in catalog.tables}
    if sum(costs.values()) <= budget_tokens:
        return catalog
    scores = _scores(question, catalog)
    ranked = sorted(catalog.tables, key=lambda t: (-scores[t.name], t.name))
    chosen: set[str] = set()
    left = min(budget_tokens, LINKED_TOKENS)
    for table in ranked:
        if costs[table.name] <= left or not chosen:
            chosen.add(table.name)
            left -= costs[table.name]
    return catalog.with_tables(t for t in catalog.tables if t.name in chosen)


def _scores(question: str, catalog: Catalog) -> dict[str, float]:
    """Words in common, names counting most; a table also gains from its neighbours by foreign key."""
    asked = content_stems(question)
    own = {t.name: sum(_weight(word, t) for word in asked) for t in catalog.tables}
    scores = dict(own)
    for link in catalog.links:
        scores[link.table] += own[link.to_table] * 0.25
        scores[link.to_table] += own[link.table] * 0.25
    return scores


def _weight(word: str, table: CatalogTable) -> float:
    if any(related(word, stem(w)) for w in words(table.name)):
        return 3.0
    if any(related(word, stem(w)) for c in table.columns for w in words(c.name)):
        return 1.5
    if any(word == stem(w) for c in table.columns for v in c.values for w in words(v)):
        return 1.0
    comments = " ".join([table.comment, *(c.comment for c in table.columns)])
    return 0.5 if word in content_stems(comments) else 0.0


@dataclass(frozen=True, slots=True)
class Grounding:
    """The question's words: found in names, comments or terms; found only in values; found nowhere."""

    names: tuple[str, ...]
    values: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def unknown_share(self) -> float:
        """Between 0 and 1."""
        total = len(self.names) + len(self.values) + len(self.unknown)
        return len(self.unknown) / total if total else 0.0


def grounded(question: str, catalog: Catalog, terms: tuple[str, ...] = ()) -> Grounding:
    """Look the question's words up in the catalog. Quoted text is data, which the catalog need not know."""
    named = _stems(text for t in catalog.tables for text in (t.name, t.comment))
    named |= _stems(text for t in catalog.tables for c in t.columns for text in (c.name, c.comment))
    named |= _stems(terms)
    held = _stems(value for t in catalog.tables for c in t.columns for value in c.values)
    names: list[str] = []
    values: list[str] = []
    unknown: list[str] = []
    for word, written in content_words(QUOTED.sub(" ", question)).items():
        if word in named or any(related(word, known) for known in named):
            names.append(written)
        elif word in held:
            values.append(written)
        elif not word.isdigit():
            unknown.append(written)
    return Grounding(tuple(names), tuple(values), tuple(unknown))


def found_too(grounding: Grounding, values: Iterable[FoundValue]) -> Grounding:
    """Words that are only in values which were looked up are known too."""
    held = {w for value in values for w in words(value.value)}
    known = tuple(w for w in grounding.unknown if w in held)
    return Grounding(grounding.names, (*grounding.values, *known), tuple(w for w in grounding.unknown if w not in held))


def _stems(texts: Iterable[str]) -> set[str]:
    return {stem(w) for text in texts for w in words(text) if len(w) > 1 and not w.isdigit()}
