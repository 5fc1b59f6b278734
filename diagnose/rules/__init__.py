"""The rules, each a small class. A module holds those that look at the same thing; ``RULES`` are all of them."""

from diagnose.rules import (
    alternatives,
    changes,
    comparing,
    grouping,
    having,
    indexes,
    joins,
    ordering,
    predicates,
    results,
    statistics,
    subqueries,
    unions,
)
from diagnose.types import Rule

RULES: tuple[Rule, ...] = (
    *alternatives.RULES,
    *changes.RULES,
    *comparing.RULES,
    *grouping.RULES,
    *having.RULES,
    *indexes.RULES,
    *joins.RULES,
    *ordering.RULES,
    *predicates.RULES,
    *results.RULES,
    *statistics.RULES,
    *subqueries.RULES,
    *unions.RULES,
)
