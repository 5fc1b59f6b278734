"""Applies the rules to a tree, from the leaves to the root."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlglot import exp

from proxy.upstreams.dialect import aggregates, grouping, operators, queries, strings
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.templates import enclosed

T = TypeVar("T", bound=exp.Expr)

_RULES: dict[type[Any], Callable[[exp.Expr, Context], exp.Expr]] = {
    **operators.RULES,
    **aggregates.RULES,
    **queries.RULES,
}


def rewrite(tree: exp.Expr, context: Context, kind: type[T]) -> T:
    """The same tree in the target's terms; names and kinds have been resolved."""
    grouping.expand_aliases(tree, context)
    grouping.pick_dependent(tree, context)
    strings.mark_binary(tree)
    for node in reversed(list(tree.walk())):
        rule = _RULES.get(type(node))
        if rule is None:
            continue
        parent, key, index = node.parent, node.arg_key, node.index
        new = rule(node, context)
        if new is node:
            continue
        if parent is None or key is None:
            tree = new
        else:
            parent.set(key, enclosed(new, parent), index)
    queries.quote_aliases(tree)
    if context.target == "sqlite":
        queries.leave_no_strings(tree)
    assert isinstance(tree, kind)
    return tree
