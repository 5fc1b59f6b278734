"""How much larger than the data a statement can make one value.

A time limit stops a database between rows and nodes of its plan, not within one call: ``REPLACE(REPLACE(…))`` nine deep
makes a gigabyte of ten characters, and MariaDB neither stops at ``max_statement_time`` nor heeds KILL meanwhile
(measured on 10.11). So growth is bounded over the whole statement, wherever its parts stand.
"""

from collections import Counter

from sqlglot import exp

MAX_PAD = 1_000
MAX_GROWTH = 100
# A replacement that is no literal is taken to be this much longer than what it replaces.
UNKNOWN_REPLACEMENT = 10
# Per call, of what it is given: hexadecimal digits, escaped quotes.
_FACTORS = {"hex": 2, "quote": 2, "json_quote": 2, "to_base64": 2, "weight_string": 2, "export_set": 64}
# They repeat what they are given as often as it is given.
_JOINING = frozenset({"concat", "concat_ws", "json_array", "json_object", "make_set"})


def growth(node: exp.Expr) -> int:
    """By which factor at most one call makes text longer than its arguments together."""
    if isinstance(node, (exp.Replace, exp.RegexpReplace)):
        return _replacing(node)
    if not isinstance(node, exp.Func):
        return 1
    name = (str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
    if name in _JOINING:
        return max(Counter(column.name.casefold() for column in node.find_all(exp.Column)).values(), default=1)
    return _FACTORS.get(name, 1)


def _replacing(node: exp.Replace | exp.RegexpReplace) -> int:
    new = node.args.get("replacement")
    if new is None:
        return 1
    if not isinstance(new, exp.Literal):
        return UNKNOWN_REPLACEMENT
    old = node.expression
    known = isinstance(node, exp.Replace) and isinstance(old, exp.Literal)
    return max(1, -(-len(new.name) // (max(1, len(old.name)) if known else 1)))


def short_pad(node: exp.Pad) -> bool:
    """Whether LPAD or RPAD is to a length that is written down and small."""
    length = node.expression
    return isinstance(length, exp.Literal) and length.name.isdecimal() and int(length.name) <= MAX_PAD
