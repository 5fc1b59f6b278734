"""Mends what runs but cannot be meant, or what a database refuses for a reason that has one remedy.

Names are resolved before; what is rewritten is noted, so that the asker sees it.
"""

import re
from collections.abc import Iterator

from sqlglot import exp

from nl2sql.sources import Names

_DATES = {"date": "date", "datetime": "moment", "timestamp": "moment"}
_WHOLE = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
_KEEPS_TYPE = (exp.Min, exp.Max, exp.Coalesce, exp.Paren, exp.AnyValue)


def rewrite(tree: exp.Query, names: Names) -> None:
    """Change ``tree`` in place."""
    for select in list(tree.find_all(exp.Select)):
        types = _Types(select, names)
        _subtractions(select, types, names)
        _whole_days(select, types, names)
        _years(select, types, names)
        _missing_keys(select, names)
        _not_in_null(select, names)
        _alternatives(select, names)
        _aggregates_in_where(select, names)
        _grouping(select, names)


class _Types:
    """Kinds of the columns of one SELECT, as far as they come straight from a table: ``date``, ``moment``, ``whole``."""

    def __init__(self, select: exp.Select, names: Names) -> None:
        self._tables = {}
        for source in _own(select, exp.Table):
            table = names.catalog.table(source.name)
            if table is not None:
                self._tables[source.alias_or_name.casefold()] = table

    def of(self, node: exp.Expression | None) -> str:
        while isinstance(node, _KEEPS_TYPE):
            node = node.this
        if isinstance(node, (exp.Date, exp.CurrentDate, exp.TsOrDsToDate)):
            return "date"
        if isinstance(node, (exp.CurrentTimestamp, exp.DateAdd, exp.DateSub)):
            return "moment"
        if isinstance(node, (exp.Add, exp.Sub)) and isinstance(node.expression, exp.Interval):
            return self.of(node.this) or "moment"
        if not isinstance(node, exp.Column):
            return ""
        holders = [
            found
            for alias, table in self._tables.items()
            if not node.table or alias == node.table.casefold()
            if (found := table.column(node.name)) is not None
        ]
        if len(holders) != 1:
            return ""
        kind = holders[0].base_type
        return _DATES.get(kind, "whole" if kind in _WHOLE else "")


def _own(select: exp.Select, *kinds: type[exp.Expression]) -> Iterator[exp.Expression]:
    """Nodes of the SELECT itself, not of queries inside of it."""
    for node in select.walk(prune=lambda n: n is not select and isinstance(n, exp.Query)):
        if isinstance(node, kinds):
            yield node


def _subtractions(select: exp.Select, types: _Types, names: Names) -> None:
    """MySQL subtracts dates as numbers (20240301 - 20240229 = 72)."""
    for node in list(_own(select, exp.Sub)):
        left, right = types.of(node.this), types.of(node.expression)
        if not {left, right} <= {"date", "moment"}:
            continue
        was = node.sql("mysql")
        if left == right == "moment" and not isinstance(node.expression, exp.CurrentTimestamp):
            new: exp.Expression = exp.func(
                "TIMESTAMPDIFF", exp.var("SECOND"), node.expression.copy(), node.this.copy(), dialect="mysql"
            )
        else:
            new = exp.DateDiff(this=node.this.copy(), expression=node.expression.copy())
        node.replace(new)
        names.note(f"read {was} as {new.sql('mysql')}")


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _whole_days(select: exp.Select, types: _Types, names: Names) -> None:
    """A moment against a day: the whole day is meant, not its midnight."""
    for node in list(_own(select, exp.EQ, exp.LTE, exp.Between)):
        low, high = (node.args["low"], node.args["high"]) if isinstance(node, exp.Between) else (node.this, node.expression)
        column = node.this
        if types.of(column) != "moment" or not isinstance(column, exp.Column) or not _is_day(high):
            continue
        until = exp.LT(this=column.copy(), expression=exp.Add(this=_as_date(high), expression=_one_day()))
        was = node.sql("mysql")
        if isinstance(node, exp.LTE):
            new: exp.Expression = until
        else:
            since = high if isinstance(node, exp.EQ) else low
            new = exp.paren(exp.and_(exp.GTE(this=column.copy(), expression=since.copy()), until))
        node.replace(new)
        names.note(f"read {was} as of the whole day")


def _is_day(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and bool(_DAY.fullmatch(node.name))


def _as_date(literal: exp.Expression) -> exp.Expression:
    return exp.Cast(this=literal.copy(), to=exp.DataType.build("date"))


def _one_day() -> exp.Interval:
    return exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))


def _years(select: exp.Select, types: _Types, names: Names) -> None:
    """A whole number against a date: a year is meant."""
    for node in list(_own(select, exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)):
        for side, other in (("this", "expression"), ("expression", "this")):
            column, moment = node.args[side], node.args[other]
            named = isinstance(column, exp.Column) and "year" in column.name.casefold()
            if named and types.of(column) == "whole" and types.of(_bare(moment)) in ("date", "moment"):
                node.set(other, exp.Year(this=moment.copy()))
                names.note(f"compared {column.sql('mysql')} with a year")


def _bare(node: exp.Expression) -> exp.Expression:
    return node.unnest()


def _missing_keys(select: exp.Select, names: Names) -> None:
    """Two tables joined by their own keys (``a.id = b.id``), where a foreign key says how they belong together."""
    tables = {source.alias_or_name: names.catalog.table(source.name) for source in _own(select, exp.Table)}
    for join in select.args.get("joins") or ():
        condition = join.args.get("on")
        if not isinstance(condition, exp.EQ) or not all(isinstance(s, exp.Column) for s in condition.unnest_operands()):
            continue
        sides = condition.unnest_operands()
        one, other = (tables.get(side.table) for side in sides)
        if one is None or other is None or one is other:
            continue
        keys = [table.column(side.name) for table, side in zip((one, other), sides, strict=True)]
        links = [k for k in names.catalog.links if {k.table, k.to_table} == {one.name, other.name}]
        if not all(k is not None and k.primary for k in keys) or len(links) != 1:
            continue
        own = {links[0].table: links[0].column, links[0].to_table: links[0].to_column}
        was = condition.sql("mysql")
        for table, side in zip((one, other), sides, strict=True):
            side.set("this", exp.to_identifier(own[table.name]))
        if condition.sql("mysql") != was:
            names.note(f"read {was} as {condition.sql('mysql')}")


def _not_in_null(select: exp.Select, names: Names) -> None:
    """``x NOT IN (… NULL …)`` is never true, which nobody means."""
    for node in _own(select, exp.In):
        query = node.args.get("query")
        inner = query.unnest() if query is not None else None
        if not isinstance(node.parent, exp.Not) or not isinstance(inner, exp.Select) or len(inner.selects) != 1:
            continue
        output = inner.selects[0].unalias()
        if isinstance(output, exp.Column) and not inner.args.get("group") and not inner.args.get("limit"):
            inner.where(exp.Not(this=exp.Is(this=output.copy(), expression=exp.null())), copy=False)
            names.note(f"left out where {output.sql('mysql')} is NULL")


def _alternatives(select: exp.Select, names: Names) -> None:
    """``a = 1 OR a = 2 AND b = 3`` without parentheses: what is said of one column belongs together."""
    for node in list(_own(select, exp.Or)):
        left, right = node.this, node.expression
        if not isinstance(right, exp.And):
            continue
        parts = list(right.flatten(unnest=False))
        first, rest = parts[0], parts[1:]
        about = _about(left)
        if about is None or about != _about(first) or any(_about(part) == about for part in rest):
            continue
        was = node.sql("mysql")
        new = exp.and_(exp.paren(exp.or_(left.copy(), first.copy())), *(part.copy() for part in rest))
        node.replace(exp.paren(new) if isinstance(node.parent, exp.And) else new)
        names.note(f"read {was} with the alternatives in parentheses")


def _about(condition: exp.Expression) -> str | None:
    """The one column that all of the condition is about."""
    found = {column.sql("mysql").casefold() for column in condition.find_all(exp.Column)}
    return found.pop() if len(found) == 1 else None


def _aggregates_in_where(select: exp.Select, names: Names) -> None:
    """A condition on an aggregate belongs in HAVING."""
    where = select.args.get("where")
    if where is None:
        return
    conjuncts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    moved = [c for c in conjuncts if _aggregate_of(c, select)]
    if not moved:
        return
    kept = [c.copy() for c in conjuncts if c not in moved]
    select.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    for condition in moved:
        select.having(condition.copy(), copy=False)
        names.note(f"moved {condition.sql('mysql')} to HAVING")


def _aggregate_of(node: exp.Expression, select: exp.Select) -> bool:
    return any(a.find_ancestor(exp.Query) is select and not a.find_ancestor(exp.Window) for a in node.find_all(exp.AggFunc))


def _grouping(select: exp.Select, names: Names) -> None:
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
    if not missing or any(item.is_star for item in missing) or (group is None and not any(_columns(i) for i in missing)):
        return
    for item in missing:
        inner = item.unalias()
        if not _columns(item) or inner.find(exp.Window, exp.Subquery):
            continue
        if all(_key(c) in present or (not c.table and c.name.casefold() in aliases) for c in _columns(item)):
            continue
        select.group_by(inner.copy(), copy=False)
        names.note(f"grouped by {inner.sql('mysql')} too")


def _columns(item: exp.Expression) -> list[exp.Column]:
    return list(item.find_all(exp.Column))


def _is_grouped(item: exp.Expression, present: set[str], at: int) -> bool:
    return bool({_key(item.unalias()), item.alias_or_name.casefold(), str(at)} & present)


def _key(node: exp.Expression) -> str:
    """Equal for ``t.name`` and ``name``, which after resolving are the same column where both occur in one SELECT."""
    return (node.name if isinstance(node, exp.Column) else node.sql("mysql")).casefold()


def _has_aggregate(item: exp.Expression, select: exp.Select) -> bool:
    return any(
        a.find_ancestor(exp.Query) is select and not isinstance(a.parent, exp.Window) for a in item.find_all(exp.AggFunc)
    )
