"""Whole query blocks written otherwise: OR as UNION ALL, UNION as UNION ALL, HAVING as WHERE."""

from collections.abc import Sequence

from sqlglot import exp

from diagnose.advice.determinism import aggregates, is_deterministic
from diagnose.advice.rewriting import copied, without
from diagnose.evidence.blocks import Block, own_columns
from diagnose.sql import written

_BY_PLACE = frozenset({"enum", "set"})  # they are sorted by the place of a value, a union sorts them as texts


def alternatives(tree: exp.Expr, block: Block, condition: exp.Expr, arms: Sequence[exp.Expr]) -> str | None:
    """``WHERE a OR b`` as two queries under UNION ALL, the second without the rows of the first.

    A row passes the n-th query when the n-th alternative is true and none before it is, so it comes once, as before.
    """
    node = block.node
    if tree is not node or not isinstance(node, exp.Select) or not _may_split(node, block):
        return None
    order = _order_of_union(node, block)
    if order is None:
        return None
    branches: list[exp.Expr] = []
    for at, arm in enumerate(arms):
        copy, nodes = copied(node)
        mine = [arm.copy(), *(_is_not_true(before, block) for before in arms[:at])]
        nodes[id(condition)].replace(exp.and_(*(_part(m) for m in mine), copy=False, wrap=False))
        copy.set("order", None)
        branches.append(copy)
    union = branches[0]
    for branch in branches[1:]:
        union = exp.Union(this=union, expression=branch, distinct=False)
    if order:
        union.set("order", exp.Order(expressions=order))
    return written(union)


def _part(node: exp.Expr) -> exp.Expr:
    return exp.paren(node, copy=False) if isinstance(node, exp.Or) else node


def _is_not_true(arm: exp.Expr, block: Block) -> exp.Expr:
    """Holds where ``arm`` is false or unknown."""
    found = [block.resolve(column) for column in own_columns(arm)]
    outer_joins = any(source.side for source in block.sources)
    known = all(r is not None and not r.column.nullable for r in found) and not outer_joins
    if known and isinstance(arm, exp.EQ) and isinstance(arm.expression, exp.Literal):
        return exp.NEQ(this=arm.this.copy(), expression=arm.expression.copy())
    return exp.Not(this=exp.Is(this=exp.paren(arm), expression=exp.true()))


def _may_split(node: exp.Select, block: Block) -> bool:
    refused = (
        "group",
        "having",
        "limit",
        "offset",
        "distinct",
        "locks",
        "with_",
        "into",
        "windows",
        "qualify",
        "hint",
        "operation_modifiers",
    )
    if any(node.args.get(name) for name in refused) or not node.args.get("from_"):
        return False
    return is_deterministic(node) and not any(aggregates(e) or e.find(exp.Query) for e in node.expressions)


def _order_of_union(node: exp.Select, block: Block) -> list[exp.Expr] | None:
    """ORDER BY in terms of the outputs; None where it cannot be said with them."""
    order = node.args.get("order")
    made: list[exp.Expr] = []
    for item in order.expressions if order is not None else ():
        key = item.this
        name = _output_of(node, block, key) if isinstance(key, exp.Column) else None
        if name is None:
            return None
        ordered = item.copy()
        ordered.set("this", exp.column(name.copy()))
        made.append(ordered)
    return made


def _output_of(node: exp.Select, block: Block, key: exp.Column) -> exp.Identifier | None:
    """The name of the one output that a sort key is."""
    named = [e for e in node.expressions if e.alias_or_name.casefold() == key.name.casefold()]
    found = block.resolve(key)
    if len(named) != 1 or any(e.find(exp.Star) for e in node.expressions):
        return None
    output = named[0].unalias()
    mine = block.resolve(output)
    if mine is None or mine.column.base_type in _BY_PLACE:
        return None
    if key.table and (found is None or found.source is not mine.source or found.column is not mine.column):
        return None
    alias = named[0].args.get("alias") if isinstance(named[0], exp.Alias) else output.this
    return alias if isinstance(alias, exp.Identifier) else None


def keep_all(tree: exp.Expr, unions: Sequence[exp.Expr]) -> str | None:
    """UNION as UNION ALL, of unions that have no duplicates to remove."""
    copy, nodes = copied(tree)
    for union in unions:
        nodes[id(union)].set("distinct", False)
    return written(copy)


def filtered_earlier(tree: exp.Expr, block: Block, conditions: Sequence[exp.Expr]) -> str | None:
    """Conditions of HAVING as conditions of WHERE, with the outputs that they name written out."""
    moved = [m for condition in conditions if (m := _written_out(condition, block)) is not None]
    if len(moved) != len(conditions):
        return None
    copy, nodes = copied(tree)
    select = nodes[id(block.node)]
    where = select.args.get("where")
    parts = ([where.this.copy()] if where is not None else []) + moved
    select.set("where", exp.Where(this=exp.and_(*map(_part, parts), copy=False, wrap=False)))
    for condition in conditions:
        without(nodes[id(condition)])
    return written(copy)


def _written_out(condition: exp.Expr, block: Block) -> exp.Expr | None:
    """A condition of HAVING with the outputs' aliases replaced by what they stand for."""
    root = exp.paren(condition, copy=True)
    for copy, column in zip(list(root.find_all(exp.Column)), list(condition.find_all(exp.Column)), strict=True):
        meant = stands_for(column, block)
        if meant is None:
            return None
        if meant is not column:
            # For sqlglot AND, OR and REGEXP are functions too.
            simple = isinstance(meant, exp.Column | exp.Func | exp.Literal) and not isinstance(meant, exp.Binary)
            copy.replace(meant.copy() if simple else exp.paren(meant.copy(), copy=False))
    inner = root.this
    return inner if isinstance(inner, exp.Expr) else None


def stands_for(column: exp.Column, block: Block) -> exp.Expr | None:
    """What a name in HAVING or GROUP BY means: itself where it is a table's column, else an output's expression.

    None where it could mean either: servers differ in which of both they take.
    """
    named = [] if column.table else [e for e in block.node.expressions if _is_named(e, column.name)]
    if not named:
        return column
    meant = named[0].unalias()
    mine, its = block.resolve(column), block.resolve(meant)
    if mine is None and all(s.table is not None and s.table.column(column.name) is None for s in block.sources):
        return meant if len(named) == 1 else None
    same = mine is not None and its is not None and mine.source is its.source and mine.column is its.column
    return column if same else None


def _is_named(output: exp.Expr, name: str) -> bool:
    return isinstance(output, exp.Alias) and output.alias.casefold() == name.casefold()
