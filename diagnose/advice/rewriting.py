"""Rewrites work on a copy of the statement's tree; this puts the new pieces into it."""

from collections.abc import Sequence

from sqlglot import exp

from diagnose.sql import written

Change = tuple[exp.Expr, exp.Expr | None]


def copied(tree: exp.Expr) -> tuple[exp.Expr, dict[int, exp.Expr]]:
    """A copy of a tree, and the copies of its nodes by the ``id`` of the original."""
    copy = tree.copy()
    return copy, {id(old): new for old, new in zip(tree.walk(), copy.walk(), strict=True)}


def replaced(tree: exp.Expr, changes: Sequence[Change]) -> str | None:
    """The statement with nodes (found by identity) replaced; None in place of a conjunct takes it away."""
    copy, nodes = copied(tree)
    for old, new in changes:
        node = nodes[id(old)]
        if new is None:
            without(node)
        else:
            node.replace(_bound(new.copy(), node))
    return written(copy)


def _bound(new: exp.Expr, old: exp.Expr) -> exp.Expr:
    """With parentheses where what stands around binds tighter."""
    around = old.parent
    tighter = isinstance(new, exp.Or) and isinstance(around, exp.And)
    return exp.paren(new, copy=False) if tighter or isinstance(around, exp.Not) else new


def without(conjunct: exp.Expr) -> None:
    """Take a conjunct out of its AND, or the whole WHERE, HAVING or ON with it."""
    node = conjunct
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    parent = node.parent
    if isinstance(parent, exp.And):
        other = parent.right if parent.left is node else parent.left
        parent.replace(other)
    elif isinstance(parent, exp.Where | exp.Having):
        parent.pop()
    else:
        node.replace(exp.true())
