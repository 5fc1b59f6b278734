"""Lays the way between two tables that a candidate joined over columns which do not exist.

In ``a JOIN b ON a.wrong = b.key`` foreign keys may lead from ``a`` to ``b`` only by way of other tables.
"""

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from nl2sql.paths import Step, Way, shortest_ways
from nl2sql.sources import Names, Source


def bridge(column: exp.Column, named: Source | None, scope: Scope, names: Names) -> bool:
    """In ``a JOIN b ON a.wrong = b.key`` where foreign keys lead from ``a`` to ``b`` only by way of other tables.

    The equation is replaced by that way; the tables on it are joined first.
    """
    equation = column.parent
    if not isinstance(equation, exp.EQ) or not isinstance(named, exp.Table):
        return False
    other = equation.right if equation.left is column else equation.left
    join = _required_by(equation)
    if join is None or not isinstance(other, exp.Column) or other.table == column.table:
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


def _required_by(equation: exp.EQ) -> exp.Join | None:
    """The join whose condition, or one of whose conditions that must all hold, the equation is."""
    node = equation.parent
    while isinstance(node, (exp.And, exp.Paren)):
        node = node.parent
    return node if isinstance(node, exp.Join) else None


def _lay(way: Way, joined: str, join: exp.Join, equation: exp.EQ, scope: Scope, names: Names) -> bool:
    """Join the tables of ``way`` but the last, which is the one that ``join`` joins already, under its own name."""
    select = scope.expression
    joins = select.args.get("joins") or []
    there = _standing(way, scope)
    if there is None or join.side not in ("", "LEFT", "RIGHT") or not any(j is join for j in joins):
        return False
    for name in there.values():
        earlier = {select.args["from_"].this.alias_or_name, *(j.this.alias_or_name for j in joins[: joins.index(join)])}
        if name not in earlier and not _move_behind(join, name, joined, joins):
            return False
    names.note(f"read {equation.sql('mysql')} as the way {' '.join(map(str, way))}")
    laid = [_joined(step, there, step.table) for step in way[:-1] if step.table not in there]
    last = _joined(way[-1], there, joined).args["on"]
    if join.side == "LEFT" and laid:
        # As one: else a row would be kept once more for each row on the way that leads nowhere.
        first, *others = laid
        equation.replace(first.args["on"])
        first.this.set("joins", [*others, exp.Join(this=join.this, on=last)])
        join.set("this", exp.Subquery(this=first.this))
    else:
        joins[joins.index(join) : joins.index(join)] = laid
        equation.replace(last)
    select.set("joins", joins)
    for added in laid:
        scope.add_source(added.this.name, added.this)
        if added.this.name not in names.tables:
            names.tables.append(added.this.name)
    scope.clear_cache()
    return True


def _joined(step: Step, there: dict[str, str], name: str) -> exp.Join:
    """The join of the step's table, which is called ``name`` in the query."""
    own = exp.column(step.own, there.get(step.source, step.source))
    return exp.Join(this=exp.table_(step.table), on=exp.EQ(this=own, expression=exp.column(step.other, name)))


def _standing(way: Way, scope: Scope) -> dict[str, str] | None:
    """Tables on the way that the query has already, and their names in it; None where these do not tell them apart."""
    sources = [(name, s.name) for name, (_node, s) in scope.selected_sources.items() if isinstance(s, exp.Table)]
    there: dict[str, str] = {}
    for step in way[:-1]:
        found = [name for name, table in sources if table == step.table]
        if len(found) > 1 or (not found and step.table in scope.selected_sources):
            return None
        if found:
            there[step.table] = found[0]
    return there


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
