"""Statements without joins that they do not need."""

from collections.abc import Iterable

from sqlglot import exp

from diagnose.advice.exact import keeps_result
from diagnose.evidence.blocks import Block, Source, find_blocks
from diagnose.evidence.dependencies import Dependencies, total_order
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.scope import UNKNOWN, Scope, varies
from diagnose.evidence.unused import Unused
from diagnose.sql import rewritten
from diagnose.types import Rewrite

Placed = dict[int, exp.Expr]  # id of a node of the statement -> the same node of its copy


def without_joins(evidence: Evidence, block: Block, unused: list[Unused]) -> Rewrite | None:
    """The statement without the joins to ``unused``; None where its result might differ."""
    if not keeps_result(evidence, block, total=total_order(Scope(evidence, block))):
        return None
    tree, here, placed = _copy(evidence, block)
    gone = {id(condition) for found in unused for condition in found.conditions}
    dropped = {id(found.source) for found in unused}
    kept = [source for source in block.sources if id(source) not in dropped]
    if kept[0].side:
        return None
    where = [placed[id(c)] for c in block.where if id(c) not in gone]
    joins: list[exp.Join] = []
    for source, conditions in block.joined:
        on = [placed[id(c)] for c in conditions if id(c) not in gone]
        if id(source) in dropped or source is kept[0]:
            where += [] if source.side else on
        else:
            joins.append(_join(source, placed, on))
    where += [exp.Not(this=exp.Is(this=c.copy(), expression=exp.Null())) for found in unused for c in found.nullable]
    _rebuild(here, placed[id(kept[0].node)], joins, where)
    needs = "; ".join(dict.fromkeys(found.needs for found in unused if found.needs))
    return rewritten(tree, needs)


def exists_instead(evidence: Evidence, block: Block, hidden: list[Source]) -> Rewrite | None:
    """A SELECT DISTINCT with ``hidden``, inner joins that nothing is selected from, as EXISTS; None where not exact."""
    scope = Scope(evidence, block)
    conditions = [*block.where, *(c for _, found in block.joined for c in found)]
    aliases = {source.alias.casefold() for source in hidden}
    reach = {id(condition): scope.touched(condition) for condition in conditions}
    names = [scope.name(item.unalias()) for item in selected(block)]
    kept = [source for source in block.sources if source not in hidden]
    if (
        any(UNKNOWN in touched for touched in reach.values())
        or not _steady(block, conditions)
        or not _order_selected(scope)
    ):
        return None
    proved = Dependencies(scope, strict=True)
    total = "" not in names and set(names) <= proved.closure(set(scope.order()) - {""})
    if not keeps_result(evidence, block, total=total):
        return None
    tree, here, placed = _copy(evidence, block)
    outer = [c for c in conditions if not reach[id(c)] & aliases]
    from_, joins, where = _arranged(kept, [(placed[id(c)], reach[id(c)]) for c in outer], placed)
    for island in _islands(hidden, [reach[id(c)] & aliases for c in conditions]):
        inside = {source.alias.casefold() for source in island}
        own = [(placed[id(c)], reach[id(c)]) for c in conditions if reach[id(c)] & inside]
        where.append(_exists(island, own, placed))
    _rebuild(here, from_, joins, where)
    keyed = all(proved.determines(set(names) - {""}, source) for source in kept)
    if keyed:
        here.set("distinct", None)
    return rewritten(tree, "" if keyed else _either_case(evidence, block, scope))


def _either_case(evidence: Evidence, block: Block, scope: Scope) -> str:
    """What DISTINCT over text leaves open under a collation that takes different texts as equal."""
    found = [r for item in selected(block) for r in block.references(item)]
    folded = [r for r in found if r.column.is_text and not r.column.collation.endswith("_bin")]
    if not folded or not evidence.server.is_mysql_family:
        return ""
    return "of texts that the collation takes as equal, such as two that differ in case, any one may be shown, as now"


def selected(block: Block) -> list[exp.Expr]:
    """The items of the select list."""
    return list(block.node.args.get("expressions") or ())


def _steady(block: Block, conditions: list[exp.Expr]) -> bool:
    return not any(varies(part) for part in (*selected(block), *conditions))


def _order_selected(scope: Scope) -> bool:
    """Whether ORDER BY names only what is selected."""
    node = scope.block.node
    order = node.args.get("order")
    names = {scope.name(item.unalias()) for item in selected(scope.block)} - {""}
    found = scope.order()
    parts = order.expressions if order is not None else ()
    return all(name in names or isinstance(part.this, exp.Literal) for name, part in zip(found, parts, strict=True))


def _copy(evidence: Evidence, block: Block) -> tuple[exp.Expr, exp.Expr, Placed]:
    """A copy of the tree, the block's node in it, and the copies of its conditions and sources."""
    tree = evidence.tree.copy()
    copied = find_blocks(tree, evidence.schema)[evidence.blocks.index(block)]
    placed = {id(a): b for a, b in zip(_parts(block), _parts(copied), strict=True)}
    return tree, copied.node, placed


def _parts(block: Block) -> list[exp.Expr]:
    return [*block.where, *(c for _, found in block.joined for c in found), *(s.node for s in block.sources)]


def _join(source: Source, placed: Placed, on: list[exp.Expr]) -> exp.Join:
    """JOIN … ON, CROSS JOIN where no condition is left."""
    node = placed[id(source.node)]
    if source.side:
        return exp.Join(this=node, side=source.side, on=_all(on))
    return exp.Join(this=node, on=_all(on)) if on else exp.Join(this=node, kind="CROSS")


def _arranged(
    sources: list[Source], conditions: list[tuple[exp.Expr, frozenset[str]]], placed: Placed
) -> tuple[exp.Expr, list[exp.Join], list[exp.Expr]]:
    """(FROM, inner joins, WHERE): a condition on several sources stands at the first join that has all of them."""
    own = {source.alias.casefold() for source in sources}
    left = list(conditions)
    joins, before = [], {sources[0].alias.casefold()}
    for source in sources[1:]:
        before.add(source.alias.casefold())
        here = [c for c in left if len(c[1]) > 1 and c[1] <= before and c[1] <= own]
        left = [c for c in left if c not in here]
        joins.append(_join(source, placed, [condition for condition, _ in here]))
    return placed[id(sources[0].node)], joins, [condition for condition, _ in left]


def _exists(sources: list[Source], conditions: list[tuple[exp.Expr, frozenset[str]]], placed: Placed) -> exp.Exists:
    select = exp.Select(expressions=[exp.Literal.number(1)])
    _rebuild(select, *_arranged(sources, conditions, placed))
    return exp.Exists(this=select)


def _rebuild(select: exp.Expr, from_: exp.Expr, joins: list[exp.Join], where: list[exp.Expr]) -> None:
    select.set("from_", exp.From(this=from_.pop()))
    select.set("joins", joins)
    select.set("where", exp.Where(this=_all(where)) if where else None)


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Their conjunction."""
    return exp.and_(*conditions)


def _islands(sources: list[Source], links: list[frozenset[str]]) -> list[list[Source]]:
    """The sources in groups that no condition connects."""
    groups: list[set[str]] = [{source.alias.casefold()} for source in sources]
    for link in links:
        joined = [group for group in groups if group & link]
        groups = [group for group in groups if not group & link] + ([set().union(*joined)] if joined else [])
    return [[s for s in sources if s.alias.casefold() in group] for group in groups]
