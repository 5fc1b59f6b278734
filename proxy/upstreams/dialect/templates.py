"""Pieces of the target's SQL with holes: ``_1``, ``_2`` … stand for arguments, ``_all`` for all of them."""

import re
from collections.abc import Sequence
from functools import lru_cache

import sqlglot
from sqlglot import exp

from proxy.upstreams.dialect.kinds import UNKNOWN, Kind, kind_of, with_kind

_OPERATORS = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.Bracket)
_OPERANDS = (
    exp.Column,
    exp.Literal,
    exp.Paren,
    exp.Null,
    exp.Boolean,
    exp.Subquery,
    exp.Identifier,
    exp.Func,
    exp.Tuple,
)
_PREFIX = "askwire$"
_CALL = re.compile(r"\b([A-Z][A-Z0-9_]*)\(")
_SYNTAX = frozenset(["CAST", "TRY_CAST", "EXTRACT", "OVERLAY", "DECIMAL", "BIT", "TIMESTAMP", "COUNT"])


@lru_cache(maxsize=2048)
def _parsed(text: str, target: str) -> exp.Expr:
    tree = sqlglot.parse_one(_CALL.sub(_hide, text), read=target)
    assert isinstance(tree, exp.Expr)
    for node in tree.find_all(exp.Anonymous):
        node.set("this", str(node.this).removeprefix(_PREFIX))
    return tree


def _hide(match: re.Match[str]) -> str:
    """Keep a function's name as it is written, whatever node sqlglot has for it."""
    return match[0] if match[1] in _SYNTAX else _PREFIX + match[0]


def fill(text: str, target: str, arguments: Sequence[exp.Expr], kind: Kind = UNKNOWN) -> exp.Expr:
    """The template with copies of the arguments in its holes, marked with ``kind``."""
    tree = _parsed(text, target).copy()
    for hole in list(tree.find_all(exp.Column)):
        name = hole.name
        if hole.table or not name.startswith("_"):
            continue
        if name == "_all":
            _spread(hole, arguments)
        elif name[1:].isdigit():
            argument = enclosed(arguments[int(name[1:]) - 1].copy(), hole.parent)
            if hole is tree:
                tree = argument
            else:
                hole.replace(argument)
    tree.meta["kind"] = kind
    return tree


def enclosed(node: exp.Expr, parent: exp.Expr | None) -> exp.Expr:
    """In parentheses, where it is no longer what the parser had there and the parent is an operator."""
    is_operator = isinstance(parent, _OPERATORS) and not isinstance(parent, exp.Paren)
    is_operand = isinstance(node, _OPERANDS) and not isinstance(node, exp.Binary)
    if not is_operator or is_operand or not isinstance(node, exp.Condition | exp.Query):
        return node
    return with_kind(exp.Paren(this=node), kind_of(node))


def _spread(hole: exp.Expr, arguments: Sequence[exp.Expr]) -> None:
    parent = hole.parent
    assert parent is not None
    items = parent.expressions
    at = next(i for i, item in enumerate(items) if item is hole)
    parent.set("expressions", [*items[:at], *(each.copy() for each in arguments), *items[at + 1 :]])


def call(name: str, *arguments: exp.Expr, kind: Kind = UNKNOWN) -> exp.Expr:
    """A call of the target's function, as it is written."""
    node = exp.Anonymous(this=name, expressions=list(arguments))
    node.meta["kind"] = kind
    return node


def string(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)
