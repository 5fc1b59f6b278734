"""The rules, each a small class. A module holds those that look at the same thing; ``RULES`` are all of them."""

from diagnose.rules import alternatives, comparing, having, indexes, predicates, subqueries, unions
from diagnose.types import Rule

RULES: tuple[Rule, ...] = (
    *indexes.RULES,
    *predicates.RULES,
    *comparing.RULES,
    *alternatives.RULES,
    *subqueries.RULES,
    *unions.RULES,
    *having.RULES,
)
