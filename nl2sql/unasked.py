"""Conditions that nobody asked for: a small model likes to add ``status = 'active'`` or ``date = CURDATE()``."""

import re

from sqlglot import exp

from nl2sql.asked import Asked
from nl2sql.kinds import is_now
from nl2sql.sources import Names
from nl2sql.words import related, stem, words

_DATED = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def drop_unasked(tree: exp.Query, names: Names, asked: Asked) -> None:
    """Leave out ``column = CURDATE()`` where nothing that was said depends on the day."""
    if not asked.question or asked.is_relative:
        return
    for where in list(tree.find_all(exp.Where)):
        conjuncts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
        kept = [c for c in conjuncts if not _is_today(c)]
        if len(kept) == len(conjuncts):
            continue
        for condition in conjuncts:
            if condition not in kept:
                names.note(f"left out {condition.sql('mysql')}, which the question does not say")
        if kept:
            where.set("this", exp.and_(*(c.copy() for c in kept)))
        else:
            where.pop()


def _is_today(condition: exp.Expr) -> bool:
    return isinstance(condition, exp.EQ) and any(is_now(side) for side in condition.unnest_operands())


def stated(tree: exp.Query, asked: Asked) -> float:
    """Share of the texts in conditions that something said supports: 1 when there are none."""
    literals = {
        node.name
        for where in tree.find_all(exp.Where)
        for node in where.find_all(exp.Literal)
        if node.is_string and not node.find_ancestor(exp.Interval, exp.Func) and not _DATED.match(node.name)
    }
    said = asked.text.casefold()
    stems = {stem(word) for word in words(said)}
    results = [_supported(text, said, stems, asked) for text in literals]
    results += [_said_of(column, stems) for column in _switches(tree)]
    return sum(results) / len(results) if results else 1.0


def _switches(tree: exp.Query) -> list[exp.Column]:
    """Columns that conditions compare with TRUE or FALSE."""
    return [
        equation.this
        for where in tree.find_all(exp.Where)
        for equation in where.find_all(exp.EQ, exp.Is)
        if isinstance(equation.this, exp.Column) and isinstance(equation.expression, exp.Boolean)
    ]


def _said_of(column: exp.Column, stems: set[str]) -> bool:
    return any(related(stem(word), known) for word in words(column.name) for known in stems if len(known) > 3)


def _supported(text: str, said: str, stems: set[str], asked: Asked) -> bool:
    bare = text.strip("%").casefold()
    if bare in said or any(bare == v.value.casefold() for v in asked.values):
        return True
    return any(related(stem(word), known) for word in words(bare) for known in stems if len(known) > 3)
