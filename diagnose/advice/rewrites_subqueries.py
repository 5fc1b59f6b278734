"""Subqueries written otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from diagnose.advice.determinism import aggregates, is_deterministic
from diagnose.advice.rewriting import copied
from diagnose.evidence.blocks import Block, Source, own_columns
from diagnose.evidence.facts import Column, Server
from diagnose.sql import written
from diagnose.types import Rewrite

_WHOLE = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
_EXACT = _WHOLE | {"decimal", "numeric"}
_SAME = frozenset({"date", "datetime", "timestamp", "decimal"})


@dataclass(frozen=True, slots=True)
class Value:
    """What a subquery computes: ``grouped`` for each group, ``instead`` what an outer row without one gets."""

    grouped: exp.Expr
    instead: tuple[exp.Expr, ...] = ()  # COALESCE's other arguments; none: NULL

    @property
    def rounds(self) -> bool:
        """MySQL and MariaDB compute a quotient to more digits than they keep in a derived table."""
        return self.grouped.find(exp.Avg, exp.Div) is not None


def grouped_once(tree: exp.Expr, block: Block, server: Server) -> Rewrite | None:
    """A scalar aggregate over the rows that belong to an outer row, as a join with all of them grouped once.

    ``(SELECT SUM(i.x) FROM i WHERE i.k = o.k)`` becomes ``g.value`` of ``LEFT JOIN (SELECT i.k, SUM(i.x) … GROUP BY
    i.k) AS g ON g.key = o.k``: at most one row of ``g`` has a key, and an outer row without one keeps NULL (COUNT: 0).
    None where that is not surely the same.
    """
    parent, subquery = block.parent, block.node.parent
    if parent is None or not isinstance(subquery, exp.Subquery) or not _may_join(parent, subquery):
        return None
    value, keys = _value(block), _correlation(block, parent)
    if value is None or not keys or not is_deterministic(tree):
        return None
    needs = _rounding(value, subquery) if server.is_mysql_family else ""
    if needs is None:
        return None
    copy, nodes = copied(tree)
    names = _fresh_names(tree, len(keys))
    inner, around = nodes[id(block.node)], nodes[id(parent.node)]
    conjuncts, columns = [nodes[id(c)] for c, _, _ in keys], [nodes[id(k)] for _, k, _ in keys]
    derived = _derived(inner, conjuncts, columns, value.grouped, names)
    equal = [
        exp.EQ(this=exp.column(name, table=names[0]), expression=outer)
        for name, (_, _, outer) in zip(names[1:], keys, strict=False)
    ]
    output: exp.Expr = exp.column(names[-1], table=names[0])
    if value.instead:
        output = exp.Coalesce(this=output, expressions=[v.copy() for v in value.instead])
    nodes[id(subquery)].replace(output)
    for join in filter(_is_comma, around.args.get("joins") or ()):
        join.set("kind", "CROSS")  # a comma binds less than the JOIN that follows
    around.append("joins", exp.Join(this=derived, side="LEFT", on=exp.and_(*equal, copy=False)))
    sql = written(copy)
    return Rewrite(sql, needs) if sql is not None else None


def _rounding(value: Value, subquery: exp.Expr) -> str | None:
    """What a rewrite of a value that is rounded earlier needs; None where it could show."""
    around = subquery.parent
    if not value.rounds or isinstance(around, exp.Alias):
        return ""
    compared = isinstance(around, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE)
    return (
        "no value is so near to what it is compared with that the last digits of a quotient matter"
        if compared
        else None
    )


def _may_join(parent: Block, subquery: exp.Expr) -> bool:
    """Whether a LEFT JOIN may be added to the block around, and its column stand in the subquery's place."""
    node = parent.node
    if not isinstance(node, exp.Select) or not node.args.get("from_") or node.args.get("locks"):
        return False
    if any(isinstance(e, exp.Star) for e in node.expressions):
        return False
    if node.args.get("limit") and not node.args.get("order"):
        return False
    joins = node.args.get("joins") or ()
    one_sided = any(join.side in ("RIGHT", "FULL") or join.args.get("using") or join.method for join in joins)
    if subquery.alias or (one_sided and any(map(_is_comma, joins))):
        return False
    here: exp.Expr | None = subquery
    while here is not None and here.parent is not node:
        here = here.parent
        if isinstance(here, exp.Join | exp.From | exp.Lateral | exp.In | exp.All | exp.Any):
            return False
    if here is None or here.arg_key == "where":  # checked before rows are grouped
        return here is not None
    if node.args.get("group") or node.args.get("having") or any(aggregates(e) for e in node.expressions):
        return False
    # An unnamed output is named by its text, which would change.
    return here.arg_key != "expressions" or isinstance(here, exp.Alias)


def _is_comma(join: exp.Join) -> bool:
    return not (join.args.get("on") or join.args.get("using") or join.kind or join.side or join.method)


def _value(block: Block) -> Value | None:
    """Of the only output of a subquery that always has one row."""
    node = block.node
    refused = ("group", "having", "limit", "offset", "distinct", "locks", "with_", "windows", "qualify", "laterals")
    if not isinstance(node, exp.Select) or any(node.args.get(name) for name in refused) or len(node.expressions) != 1:
        return None
    outside = [c for c in own_columns(node) if (found := block.resolve(c)) is None or found.outer]
    related = {id(c) for conjunct in block.where for c in own_columns(conjunct)}
    if any(id(c) not in related for c in outside) or any(q is not node for q in node.find_all(exp.Query)):
        return None
    output = node.expressions[0].unalias().unnest()
    if isinstance(output, exp.Count):
        return Value(output, (exp.Literal.number(0),))
    if isinstance(output, exp.Coalesce) and all(isinstance(v, exp.Literal) for v in output.expressions):
        inner = output.this.unnest()
        return Value(inner, tuple(output.expressions)) if _is_exact(block, inner) else None
    return Value(output) if _is_exact(block, output) else None


def _is_exact(block: Block, node: exp.Expr) -> bool:
    """Whether a value is NULL where there is no row, and otherwise the same in whatever order rows are added up."""
    node = node.unnest()
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
        sides = (node.left, node.right)
        return any(_is_exact(block, s) for s in sides) and all(
            isinstance(s.unnest(), exp.Literal) or _is_exact(block, s) for s in sides
        )
    if isinstance(node, exp.Min | exp.Max) and not node.expressions:
        found = block.resolve(node.this)
        return found is not None and not found.column.is_text  # of equal texts either may be the least
    return isinstance(node, exp.Sum | exp.Avg) and _is_sum_of_exact(block, node.this)


def _is_sum_of_exact(block: Block, node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return _is_sum_of_exact(block, node.left) and _is_sum_of_exact(block, node.right)
    if isinstance(node, exp.Literal):
        return not node.is_string and "e" not in node.name.lower()
    found = block.resolve(node)
    return found is not None and found.column.base_type in _EXACT


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


def _derived(
    inner: exp.Expr, conjuncts: list[exp.Expr], keys: list[exp.Expr], value: exp.Expr, names: list[str]
) -> exp.Subquery:
    """The subquery for all outer rows at once."""
    grouped = [key.copy() for key in keys]
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
