"""Questions with their SQL, made from the schema ahead of time, so that the prompt shows how *this* schema is joined.

A small model copies what it sees: an example with the true tables, keys and values teaches joins, dates and ratios
better than rules do. Each is made by a template that fits the schema; none is written for a particular database.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.sources import flat
from nl2sql.words import words
from plugins.literals import quote_literal, quote_name

_NUMBERS = {"decimal", "double", "float", "int", "bigint", "numeric"}
_DATES = {"date", "datetime", "timestamp"}
_CALLED = ("name", "title", "code", "symbol")
_SUMMED = ("amount", "amt", "total", "price", "revenue", "sum", "value", "balance", "cost", "quantity", "qty", "sales")
_TEXT = {"char", "varchar", "text", "tinytext", "enum"}


@dataclass(frozen=True, slots=True)
class Example:
    question: str
    sql: str


@dataclass(frozen=True, slots=True)
class _Star:
    """A table of events, the thing that it refers to, and the columns that questions are usually about."""

    fact: CatalogTable
    link: Link
    thing: CatalogTable
    names: tuple[CatalogColumn, ...]
    measure: CatalogColumn | None
    date: CatalogColumn | None
    kind: CatalogColumn | None  # few values, which are known

    def fact_column(self, column: CatalogColumn) -> str:
        return f"{_alias(self.fact)}.{quote(column.name)}"

    @property
    def shown(self) -> str:
        """The names of the thing, qualified."""
        return ", ".join(f"{_other(self.fact, self.thing)}.{quote(c.name)}" for c in self.names)

    @property
    def joined(self) -> str:
        f, t = _alias(self.fact), _other(self.fact, self.thing)
        on = f"{f}.{quote(self.link.column)} = {t}.{quote(self.link.to_column)}"
        return f"{quote(self.fact.name)} AS {f} JOIN {quote(self.thing.name)} AS {t} ON {on}"


@lru_cache(4096)  # each question's prompt names every column some times
def quote(name: str) -> str:
    """The name as SQL has it; in backticks only where it needs them."""
    if not name.replace("_", "a").isalnum() or name[0].isdigit():
        return quote_name(name)
    return exp.to_identifier(name).sql("mysql")  # which knows the reserved words


def examples(catalog: Catalog) -> list[Example]:
    """One example for each template that fits a table of the catalog, about the tables that have most to ask for."""
    stars = sorted(_stars(catalog), key=_richness, reverse=True)
    made: list[Example] = []
    used: dict[str, int] = {}
    for template in _TEMPLATES:
        for star in sorted(stars, key=lambda s: (-_richness(s)[0], used.get(s.thing.name, 0))):
            example = template(star)
            # A name or value that breaks the line is the database's, and could instruct the model.
            if example is not None and example.sql.isprintable():
                used[star.thing.name] = used.get(star.thing.name, 0) + 1
                made.append(example)
                break
    return made


def _stars(catalog: Catalog) -> Iterator[_Star]:
    for link in catalog.links:
        fact, thing = catalog.table(link.table), catalog.table(link.to_table)
        if fact is None or thing is None or fact is thing:
            continue
        name = _name_columns(thing)
        if name:
            keys = {k.column for k in catalog.links if k.table == fact.name}
            yield _Star(fact, link, thing, name, _measure(fact, keys), _first(fact, _DATES), _kind(fact, keys))


def _richness(star: _Star) -> tuple[int, int]:
    return sum(x is not None for x in (star.measure, star.date, star.kind)), star.fact.rows


def _name_columns(table: CatalogTable) -> tuple[CatalogColumn, ...]:
    """The column that a row is called by, or first and last name; empty when there is none."""
    text = [c for c in table.columns if c.base_type in _TEXT and not c.primary]
    persons = [c for c in text if flat(c.name) in ("firstname", "lastname")]
    if len(persons) == 2:
        return tuple(persons)
    named = sorted((c for c in text if flat(c.name).endswith(_CALLED)), key=lambda c: len(c.name))
    return tuple(named[:1])


def _measure(table: CatalogTable, keys: set[str]) -> CatalogColumn | None:
    """A number that is summed, by its name; an example with any other would only lead astray."""
    numbers = [c for c in table.columns if c.base_type in _NUMBERS and not c.primary and c.name not in keys]
    return next((c for ending in _SUMMED for c in numbers if flat(c.name).endswith(ending)), None)


def _first(table: CatalogTable, types: set[str]) -> CatalogColumn | None:
    return next((c for c in table.columns if c.base_type in types), None)


def _kind(table: CatalogTable, keys: set[str]) -> CatalogColumn | None:
    kinds = [c for c in table.columns if len(c.values) > 1 and not c.primary and c.name not in keys]
    return min(kinds, key=lambda c: len(c.values), default=None)


def _alias(table: CatalogTable) -> str:
    return "".join(w[0] for w in words(table.name) if w[0].isalpha())[:3] or "t"


def _other(one: CatalogTable, other: CatalogTable) -> str:
    alias = _alias(other)
    return alias if alias != _alias(one) else alias + "2"


def _say(name: str, table: CatalogTable | None = None) -> str:
    """The name in words, without the prefix that all columns of the table share."""
    parts = words(name)
    if table is not None and len(table.columns) > 2:
        others = [words(c.name) for c in table.columns]
        while len(parts) > 1 and all(o[:1] == parts[:1] and len(o) > 1 for o in others):
            parts, others = parts[1:], [o[1:] for o in others]
    return " ".join(parts)


def _top(s: _Star) -> Example | None:
    if s.measure is None:
        return None
    key = f"{_other(s.fact, s.thing)}.{quote(s.link.to_column)}"
    measure = _say(s.measure.name, s.fact)
    return Example(
        f"top 3 {_say(s.thing.name)} by total {measure}, with the number of {_say(s.fact.name)}",
        f"SELECT {s.shown}, COUNT(*) AS number, SUM({s.fact_column(s.measure)}) AS total FROM {s.joined} "
        f"GROUP BY {key}, {s.shown} ORDER BY total DESC LIMIT 3",
    )


def _without(s: _Star) -> Example | None:
    f, t = _alias(s.fact), _other(s.fact, s.thing)
    key, own = quote(s.link.to_column), quote(s.link.column)
    return Example(
        f"id and name of {_say(s.thing.name)} without any {_say(s.fact.name)}",
        f"SELECT {t}.{key}, {s.shown} FROM {quote(s.thing.name)} AS {t} LEFT JOIN {quote(s.fact.name)} AS {f} "
        f"ON {f}.{own} = {t}.{key} WHERE {f}.{own} IS NULL",
    )


def _share(s: _Star) -> Example | None:
    if s.kind is None:
        return None
    kind, value, t = s.fact_column(s.kind), quote_literal(s.kind.values[0]), _other(s.fact, s.thing)
    return Example(
        f"for each {_say(s.thing.name)} name, the share of its {_say(s.fact.name)} whose {_say(s.kind.name, s.fact)} "
        f"is {s.kind.values[0]}, in percent",
        f"SELECT {s.shown}, 100.0 * SUM(CASE WHEN {kind} = {value} THEN 1 ELSE 0 END) / COUNT(*) "
        f"AS share FROM {s.joined} GROUP BY {t}.{quote(s.link.to_column)}, {s.shown}",
    )


def _rank(s: _Star) -> Example | None:
    if s.measure is None:
        return None
    value, key = s.fact_column(s.measure), f"{_other(s.fact, s.thing)}.{quote(s.link.to_column)}"
    return Example(
        f"{_say(s.thing.name)} with total {_say(s.measure.name, s.fact)} and rank by it",
        f"SELECT {s.shown}, SUM({value}) AS total, RANK() OVER (ORDER BY SUM({value}) DESC) AS ranking FROM {s.joined} "
        f"GROUP BY {key}, {s.shown}",
    )


def _change(s: _Star) -> Example | None:
    if s.date is None:
        return None
    value = f"SUM({quote(s.measure.name)})" if s.measure else "COUNT(*)"
    what = (
        f"total {_say(s.measure.name, s.fact)} of {_say(s.fact.name)}"
        if s.measure
        else f"number of {_say(s.fact.name)}"
    )
    return Example(
        f"{what} for each month of {_say(s.date.name, s.fact)}, and its change to the month before",
        f"WITH monthly AS (SELECT DATE_FORMAT({quote(s.date.name)}, '%Y-%m') AS month, {value} AS total "
        f"FROM {quote(s.fact.name)} GROUP BY month) SELECT month, total, total - LAG(total) OVER (ORDER BY month) "
        "AS change_to_before FROM monthly ORDER BY month",
    )


def _weeks(s: _Star) -> Example | None:
    if s.date is None:
        return None
    d = s.fact_column(s.date)
    return Example(
        f"number of {_say(s.fact.name)} in each of the last 4 weeks, without the current week",
        f"SELECT DATE({d}) - INTERVAL WEEKDAY({d}) DAY AS week, COUNT(*) AS number FROM {quote(s.fact.name)} AS "
        f"{_alias(s.fact)} WHERE {d} >= CURDATE() - INTERVAL WEEKDAY(CURDATE()) DAY - INTERVAL 4 WEEK "
        f"AND {d} < CURDATE() - INTERVAL WEEKDAY(CURDATE()) DAY GROUP BY week ORDER BY week",
    )


def _latest(s: _Star) -> Example | None:
    if s.date is None:
        return None
    own, shown = quote(s.link.column), quote((s.measure or s.date).name)
    return Example(
        f"latest {_say((s.measure or s.date).name, s.fact)} of {_say(s.fact.name)} "
        f"for each {_say(s.link.column, s.fact)}",
        f"WITH ranked AS (SELECT {own}, {shown}, ROW_NUMBER() OVER (PARTITION BY {own} ORDER BY "
        f"{quote(s.date.name)} DESC) AS n FROM {quote(s.fact.name)}) SELECT {own}, {shown} FROM ranked WHERE n = 1",
    )


def _search(s: _Star) -> Example | None:
    name = quote(s.names[0].name)
    return Example(
        f"how many {_say(s.thing.name)} have a {_say(s.names[0].name, s.thing)} that contains 'ab', ignoring case",
        f"SELECT COUNT(*) AS number FROM {quote(s.thing.name)} WHERE LOWER({name}) LIKE '%ab%'",
    )


_TEMPLATES: tuple[Callable[[_Star], Example | None], ...] = (
    _top,
    _without,
    _share,
    _rank,
    _change,
    _weeks,
    _latest,
    _search,
)
