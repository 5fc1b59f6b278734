"""Lays the way between two tables that a candidate joined over columns which do not exist.

In ``a JOIN b ON a.wrong = b.key`` foreign keys may lead from ``a`` to ``b`` only by way of other tables.
"""

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from nl2sql.paths import Way, shortest_ways
from nl2sql.sources import Names, Source


def bridge(column: exp.Column, named: Source | None, scope: Scope, names: Names) -> bool:
    """In ``a JOIN b ON a.wrong = b.key`` where foreign keys lead from ``a`` to ``b`` only by way of other tables.

    The equation is replaced by that way; the tables on it are joined first.
    """
    equation = column.parent
    if not isinstance(equation, exp.EQ) or not isinstance(named, exp.Table):
        return False
    other = equation.right if equation.left is column else equation.left
    join = equation.find_ancestor(exp.Join, exp.Where, exp.Query)
    if not isinstance(join, exp.Join) or not isinstance(other, exp.Column) or other.table == column.table:
        return False
    end = scope.selected_sources.get(other.table)
    if end is None or not isinstance(end[1], exp.Table) or not isinstance(join.this, exp.Table):
        return False
    joined = join.this.alias_or_name
    start = [(column.table, named.name)] if joined == other.table else [(other.table, end[1].name)]
    target = end[1].name if joined == other.table else named.name
    ways = shortest_ways(start, target, names.catalog)
    if joined not in (other.table, column.table) or len(ways) != 1 or len(ways[0]) < 2:
        return False
    return _lay(ways[0], joined, join, equation, scope, names)


def _lay(way: Way, joined: str, join: exp.Join, equation: exp.EQ, scope: Scope, names: Names) -> bool:
    """Join the tables of ``way`` but the last, which is the one that ``join`` joins already, under its own name."""
    select = scope.expression
    joins = select.args.get("joins") or []
    if not any(j is join for j in joins):
        return False
    present = {s.name: name for name, (_node, s) in scope.selected_sources.items() if isinstance(s, exp.Table)}
    at = next(i for i, j in enumerate(joins) if j is join)
    earlier = {select.args["from_"].this.alias_or_name, *(j.this.alias_or_name for j in joins[:at])}
    known: dict[str, str] = {}
    for step in way[:-1]:
        source = known.get(step.source, step.source)
        there = present.get(step.table)
        if there is not None:
            if there not in earlier:
                if not _move_behind(join, there, joined, joins):
                    return False
                at = joins.index(join)
            known[step.table] = there
            continue
        condition = exp.EQ(this=exp.column(step.own, source), expression=exp.column(step.other, step.table))
        bridge = exp.Join(this=exp.to_table(step.table), on=condition)
        if join.side:
            bridge.set("side", join.side)
        joins.insert(at, bridge)
        at += 1
        bridge.parent, bridge.arg_key = select, "joins"
        scope.add_source(step.table, bridge.this)
        if step.table not in names.tables:
            names.tables.append(step.table)
    select.set("joins", joins)
    last = way[-1]
    source = known.get(last.source, last.source)
    new = exp.EQ(this=exp.column(last.own, source), expression=exp.column(last.other, joined))
    names.note(f"read {equation.sql('mysql')} as the way {' '.join(map(str, way))}")
    equation.replace(new)
    scope.clear_cache()
    return True


def _move_behind(join: exp.Join, other: str, joined: str, joins: list[exp.Join]) -> bool:
    """Put ``join`` behind the join of ``other``, unless that one needs what ``join`` brings."""
    behind = next((j for j in joins if j.this.alias_or_name == other), None)
    if behind is None or any(c.table == joined for c in behind.find_all(exp.Column)):
        return False
    if any(
        c.table == joined for j in joins[joins.index(join) + 1 : joins.index(behind)] for c in j.find_all(exp.Column)
    ):
        return False
    joins.remove(join)
    joins.insert(joins.index(behind) + 1, join)
    return True
