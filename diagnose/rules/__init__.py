"""The rules, each a small class. A module holds those that look at the same thing; ``RULES`` are all of them."""

from diagnose.rules import changes, grouping, indexes, joins, ordering, results, statistics
from diagnose.types import Rule

RULES: tuple[Rule, ...] = (
    *indexes.RULES,
    *joins.RULES,
    *ordering.RULES,
    *grouping.RULES,
    *results.RULES,
    *changes.RULES,
    *statistics.RULES,
)
