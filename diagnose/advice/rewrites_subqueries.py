"""Subqueries written otherwise."""

from collections.abc import Iterator

from sqlglot import exp

from diagnose.advice.determinism import aggregates, is_deterministic
from diagnose.advice.rewriting import copied
from diagnose.evidence.blocks import Block, Source, own_columns
from diagnose.evidence.facts import Column
from diagnose.sql import written

_AGGREGATES = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count)
_WHOLE = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
_SAME = frozenset({"date", "datetime", "timestamp", "decimal"})


def grouped_once(tree: exp.Expr, block: Block) -> str | None:
    """A scalar aggregate over the rows that belong to an outer row, as a join with all of them grouped once.

    ``(SELECT SUM(i.x) FROM i WHERE i.k = o.k)`` becomes ``g.value`` of ``LEFT JOIN (SELECT i.k, SUM(i.x) … GROUP BY
    i.k) AS g ON g.key = o.k``: at most one row of ``g`` has a key, and an outer row without one keeps NULL (COUNT: 0).
    None where that is not surely the same.
    """
    parent, subquery = block.parent, block.node.parent
    if parent is None or not isinstance(subquery, exp.Subquery) or not _may_join(parent, subquery):
        return None
    value = _aggregate(block)
    keys = _correlation(block, parent)
    if value is None or not keys or not is_deterministic(tree):
        return None
    copy, nodes = copied(tree)
    names = _fresh_names(tree, len(keys))
    inner, around = nodes[id(block.node)], nodes[id(parent.node)]
    derived = _derived(inner, [nodes[id(c)] for c, _, _ in keys], [nodes[id(k)] for _, k, _ in keys], names)
    on = exp.and_(
        *(
            exp.EQ(this=exp.column(names[1 + at], table=names[0]), expression=outer)
            for at, (_, _, outer) in enumerate(keys)
        ),
        copy=False,
    )
    instead: exp.Expr = exp.column(names[-1], table=names[0])
    if isinstance(value, exp.Count):
        instead = exp.Coalesce(this=instead, expressions=[exp.Literal.number(0)])
    nodes[id(subquery)].replace(instead)
    around.append("joins", exp.Join(this=derived, side="LEFT", on=on))
    return written(copy)


def _may_join(parent: Block, subquery: exp.Expr) -> bool:
    """Whether a LEFT JOIN may be added to the block around, and its column stand in the subquery's place."""
    node = parent.node
    if not isinstance(node, exp.Select) or not node.args.get("from_") or node.args.get("locks"):
        return False
    if node.args.get("group") or node.args.get("having") or any(aggregates(e) for e in node.expressions):
        return False
    if any(isinstance(e, exp.Star) for e in node.expressions) or (
        node.args.get("limit") and not node.args.get("order")
    ):
        return False
    if any(_is_comma(join) for join in node.args.get("joins") or ()) or subquery.alias:
        return False
    here: exp.Expr | None = subquery
    while here is not None and here.parent is not node:
        here = here.parent
        if isinstance(here, exp.Join | exp.From | exp.Lateral | exp.In | exp.All | exp.Any):
            return False
    # An unnamed output is named by its text, which would change.
    return here is not None and (here.arg_key != "expressions" or isinstance(here, exp.Alias))


def _is_comma(join: exp.Join) -> bool:
    return not (join.args.get("on") or join.args.get("using") or join.kind or join.side)


def _aggregate(block: Block) -> exp.Expr | None:
    """The only output of a subquery that always has one row."""
    node = block.node
    refused = ("group", "having", "limit", "offset", "distinct", "locks", "with_", "windows", "qualify", "laterals")
    if not isinstance(node, exp.Select) or any(node.args.get(name) for name in refused) or len(node.expressions) != 1:
        return None
    value = node.expressions[0].unalias()
    if not isinstance(value, _AGGREGATES) or node.args.get("where") is None:
        return None
    outside = [c for c in own_columns(node) if (found := block.resolve(c)) is None or found.outer]
    related = {id(c) for conjunct in block.where for c in own_columns(conjunct)}
    inner = [q for q in node.find_all(exp.Query) if q is not node]
    return value if all(id(c) in related for c in outside) and not inner else None


Key = tuple[exp.Expr, exp.Column, exp.Column]


def _correlation(block: Block, parent: Block) -> list[Key]:
    """(conjunct, inner, outer column) of each condition that ties the subquery to the outer row; else nothing."""
    keys: list[Key] = []
    for conjunct in block.where:
        found = [(c, block.resolve(c)) for c in own_columns(conjunct)]
        if any(reference is None for _, reference in found):
            return []
        if not any(reference is not None and reference.outer for _, reference in found):
            continue
        key = _key(conjunct, block, parent)
        if key is None:
            return []
        keys.append(key)
    return keys


def _key(conjunct: exp.Expr, block: Block, parent: Block) -> Key | None:
    if not isinstance(conjunct, exp.EQ):
        return None
    sides = [conjunct.this.unnest(), conjunct.expression.unnest()]
    for mine, other in (sides, reversed(sides)):
        inner, outer = block.resolve(mine), block.resolve(other)
        if inner is None or outer is None or inner.outer or not isinstance(mine, exp.Column):
            continue
        if outer.outer and any(outer.source is s for s in parent.sources) and same_equality(inner.column, outer.column):
            return conjunct, mine, qualified(other, outer.source)
    return None


def same_equality(one: Column, other: Column) -> bool:
    """Whether values of both compare alike among themselves and with each other, so that equal keys make one group."""
    if one.is_text or other.is_text:
        both = one.is_text and other.is_text and not {one.base_type, other.base_type} & {"enum", "set"}
        return both and one.collation == other.collation and one.charset == other.charset
    if one.base_type in _WHOLE and other.base_type in _WHOLE:
        return True
    return one.base_type == other.base_type and one.base_type in _SAME


def _derived(inner: exp.Expr, conjuncts: list[exp.Expr], keys: list[exp.Expr], names: list[str]) -> exp.Subquery:
    """The subquery for all outer rows at once."""
    grouped = [key.copy() for key in keys]
    value = inner.expressions[0].unalias()
    kept = [c for c in _conjuncts_of(inner) if not any(c is gone for gone in conjuncts)]
    outputs: list[exp.Expr] = [exp.alias_(key.copy(), name) for key, name in zip(keys, names[1:], strict=False)]
    inner.set("expressions", [*outputs, exp.alias_(value.copy(), names[-1])])
    where = exp.and_(*(c.copy() for c in kept), copy=False) if kept else None
    inner.set("where", exp.Where(this=where) if where is not None else None)
    inner.set("order", None)
    inner.set("group", exp.Group(expressions=grouped))
    return exp.Subquery(this=inner.copy(), alias=exp.TableAlias(this=exp.to_identifier(names[0])))


def _conjuncts_of(select: exp.Expr) -> Iterator[exp.Expr]:
    pending = [select.args["where"].this]
    while pending:
        node = pending.pop(0).unnest()
        if isinstance(node, exp.And):
            pending[:0] = [node.left, node.right]
        else:
            yield node


def qualified(node: exp.Expr, source: Source) -> exp.Column:
    """A copy of a column's node that names the source that it belongs to, spelled as there."""
    assert isinstance(node, exp.Column)
    copy = node.copy()
    if not copy.table:
        alias = source.node.args.get("alias")
        named = alias.this if alias is not None else source.node.this
        copy.set("table", named.copy())
    return copy


def _fresh_names(tree: exp.Expr, keys: int) -> list[str]:
    """A derived table's name, those of its keys, that of its value: none of them is in the statement."""
    taken = {identifier.name.casefold() for identifier in tree.find_all(exp.Identifier)}
    number = 1
    while True:
        suffix = "" if number == 1 else f"_{number}"
        names = [f"grouped{suffix}", *(f"key_{number}_{at}" for at in range(1, keys + 1)), f"value{suffix}"]
        if not taken & set(names):
            return names
        number += 1


def not_exists(tree: exp.Expr, condition: exp.Expr, outer: exp.Column, inner: exp.Column, block: Block) -> str | None:
    """``x NOT IN (SELECT y …)`` as ``NOT EXISTS (SELECT 1 … WHERE y = x)``: the same where neither is ever NULL.

    ``outer`` and ``inner`` are x and y, each qualified; ``block`` is the subquery.
    """
    node = block.node
    refused = ("group", "having", "limit", "offset", "locks", "with_", "windows", "qualify", "laterals")
    aliases = {source.alias.casefold() for source in block.sources}
    if any(node.args.get(name) for name in refused) or outer.table.casefold() in aliases:
        return None
    if any(aggregates(e) for e in node.expressions) or not is_deterministic(node):
        return None
    copy, nodes = copied(tree)
    made = node.copy()
    where = made.args.get("where")
    equal = exp.EQ(this=inner, expression=outer)
    made.set("where", exp.Where(this=exp.and_(where.this if where is not None else None, equal, copy=False)))
    made.set("expressions", [exp.Literal.number(1)])
    made.set("distinct", None)
    made.set("order", None)
    nodes[id(condition)].replace(exp.Not(this=exp.Exists(this=made)))
    return written(copy)
