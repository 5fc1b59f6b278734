"""Mends of grouping: what belongs in HAVING, and what has to be grouped by."""

import re

from sqlglot import exp

from nl2sql.catalog import CatalogColumn
from nl2sql.kinds import Kinds, own
from nl2sql.sources import Names
from plugins.readonly import Rejected

# What sqlglot has no class of its own for.
_OTHER_AGGREGATES = frozenset({"json_arrayagg"})
_TEXT = frozenset({"char", "varchar", "tinytext", "text", "enum", "date"})

_NUMBER = re.compile(r"\s*[-+]?\.?\d")


def count_distinct(tree: exp.Query, names: Names) -> None:
    """``SELECT DISTINCT x`` where the question is how many: they are counted.

    A number may be the answer itself ("how many seats has room 5"), unless it is a key.
    """
    if not isinstance(tree, exp.Select) or not tree.args.get("distinct") or len(tree.selects) != 1:
        return
    output = tree.selects[0].unalias()
    column = Kinds(tree, names).column(output)
    if column is None or not (_is_key(column, names) or column.base_type in _TEXT):
        return
    if not tree.args.get("group"):
        tree.set("distinct", None)
        for clause in ("order", "limit"):
            tree.set(clause, None)
        tree.set("expressions", [exp.Count(this=exp.Distinct(expressions=[output.copy()]))])
        names.note(f"counted {output.sql('mysql')}")


def _is_key(column: CatalogColumn, names: Names) -> bool:
    return column.primary or any(link.column == column.name for link in names.catalog.links)


def no_sums_of_text(select: exp.Select, kinds: Kinds) -> None:
    """Raises Rejected for SUM and AVG of words: MySQL adds up zeros. Text that may hold numbers is let pass."""
    for node in own(select, exp.Sum, exp.Avg):
        column = kinds.column(node.this)
        if column is not None and column.values and not any(_NUMBER.match(v) for v in column.values):
            raise Rejected(f"{node.this.sql('mysql')} is text, which has no {node.key.upper()}")


def aggregates_in_where(select: exp.Select, names: Names) -> None:
    """A condition on an aggregate belongs in HAVING, unless it compares it with a value of each row."""
    where = select.args.get("where")
    if where is None:
        return
    conjuncts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    moved = [c for c in conjuncts if _aggregate_of(c, select) and not _of_rows(c, select)]
    if not moved:
        return
    kept = [c.copy() for c in conjuncts if c not in moved]
    select.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    for condition in moved:
        select.having(condition.copy(), copy=False)
        names.note(f"moved {condition.sql('mysql')} to HAVING")


def _aggregate_of(node: exp.Expr, select: exp.Select) -> bool:
    return any(
        a.find_ancestor(exp.Query) is select and not a.find_ancestor(exp.Window) for a in node.find_all(exp.AggFunc)
    )


def _of_rows(condition: exp.Expr, select: exp.Select) -> bool:
    """A column outside of aggregates that is not grouped by either."""
    group = select.args.get("group")
    present = {_key(e) for e in (group.expressions if group is not None else ())}
    return any(
        not column.find_ancestor(exp.AggFunc) and _key(column) not in present
        for column in condition.find_all(exp.Column)
        if column.find_ancestor(exp.Query) is select
    )


def group_plain(select: exp.Select, names: Names) -> None:
    """Columns beside aggregates are grouped by: without that, MySQL takes them from any row or refuses."""
    plain = [item for item in select.selects if not _has_aggregate(item, select)]
    if len(plain) == len(select.selects) and not select.args.get("group"):
        return
    group = select.args.get("group")
    if group is not None and (group.args.get("rollup") or group.args.get("cube")):
        return
    present = {_key(e) for e in (group.expressions if group is not None else ())}
    aliases = {item.alias.casefold() for item in select.selects if isinstance(item, exp.Alias)}
    missing = []
    for at, item in enumerate(select.selects, 1):
        if item in plain and not _is_grouped(item, present, at):
            missing.append(item)
    if (
        not missing
        or any(item.is_star for item in missing)
        or (group is None and not any(_columns(i) for i in missing))
    ):
        return
    for item in missing:
        inner = item.unalias()
        if not _columns(item) or inner.find(exp.Window, exp.Query):
            continue
        if all(_key(c) in present or (not c.table and c.name.casefold() in aliases) for c in _columns(item)):
            continue
        select.group_by(inner.copy(), copy=False)
        names.note(f"grouped by {inner.sql('mysql')} too")


def _columns(item: exp.Expr) -> list[exp.Column]:
    return list(item.find_all(exp.Column))


def _is_grouped(item: exp.Expr, present: set[str], at: int) -> bool:
    return bool({_key(item.unalias()), item.alias_or_name.casefold(), str(at)} & present)


def _key(node: exp.Expr) -> str:
    """Equal for ``t.name`` and ``name``, which after resolving are the same column where both occur in one SELECT."""
    return (node.name if isinstance(node, exp.Column) else node.sql("mysql")).casefold()


def _has_aggregate(item: exp.Expr, select: exp.Select) -> bool:
    return any(
        a.find_ancestor(exp.Query) is select and not _is_window(a) for a in item.find_all(exp.AggFunc, exp.Anonymous)
    )


def _is_window(call: exp.Expr) -> bool:
    """Computed over a window, or no aggregate at all."""
    if isinstance(call, exp.Anonymous) and call.name.casefold() not in _OTHER_AGGREGATES:
        return True
    while isinstance(call.parent, (exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
        call = call.parent
    return isinstance(call.parent, exp.Window) and call.arg_key == "this"
