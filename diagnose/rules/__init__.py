"""The rules, each a small class. A module holds those that look at the same thing; ``RULES`` are all of them."""

from diagnose.rules import indexes
from diagnose.types import Rule

RULES: tuple[Rule, ...] = (*indexes.RULES,)
