"""Whether what a grouped block selects has one value in each group."""

from collections.abc import Iterator

from sqlglot import exp

from diagnose.evidence.blocks import Reference
from diagnose.evidence.dependencies import Dependencies
from diagnose.evidence.scope import AGGREGATES, Scope


def arbitrary(scope: Scope) -> list[Reference]:
    """Columns selected from a group that neither GROUP BY nor a key of the schema holds to one value in it."""
    node = scope.block.node
    group = node.args.get("group")
    selected = node.args.get("expressions") or ()
    aggregates = any(_of_this(found, node) for part in selected for found in part.find_all(*AGGREGATES))
    if not scope.clear or (group is None and not aggregates) or any(part.find(exp.Window) for part in selected):
        return []
    grouped = [_meant(scope, part) for part in (group.expressions if group is not None else ())]
    inside = {
        scope.name(column)
        for part in grouped
        if not isinstance(part, exp.Column)
        for column in part.find_all(exp.Column)
    }
    fixed = Dependencies(scope, strict=False).closure({scope.name(part) for part in grouped} | inside)
    found = [r for part in selected for c in _bare(part, grouped) if (r := scope.block.resolve(c)) is not None]
    return [r for r in found if not r.outer and f"{r.source.alias}.{r.column.name}".casefold() not in fixed]


def _meant(scope: Scope, part: exp.Expr) -> exp.Expr:
    """What an item of GROUP BY stands for: a place in the select list, a name of it, or itself."""
    selected = scope.block.node.args.get("expressions") or []
    if isinstance(part, exp.Literal) and part.is_int and 0 < int(part.name) <= len(selected):
        found: exp.Expr = selected[int(part.name) - 1].unalias()
        return found
    if isinstance(part, exp.Column) and not scope.name(part):
        named = [s for s in selected if isinstance(s, exp.Alias) and s.alias.casefold() == part.name.casefold()]
        return named[0].this if named else part
    return part


def _bare(part: exp.Expr, grouped: list[exp.Expr]) -> Iterator[exp.Column]:
    """The columns of a selected item outside of aggregates, inner queries and what is grouped by as a whole."""

    def ends(node: exp.Expr) -> bool:
        return isinstance(node, exp.AggFunc | exp.Query | exp.Anonymous) or node in grouped

    for node in part.unalias().walk(prune=ends):
        if isinstance(node, exp.Column) and not ends(node):
            yield node


def _of_this(found: exp.Expr, select: exp.Expr) -> bool:
    return found.find_ancestor(exp.Select) is select
