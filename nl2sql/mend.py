"""Mends a wrong column when only one right one exists; else says what there is.

In this order: the other side of a foreign key, another source of the query that has the column, one called almost so, a
table that a foreign key leads to.
"""

import difflib

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from nl2sql.bridges import bridge
from nl2sql.catalog import CatalogTable
from nl2sql.kinds import DATES
from nl2sql.paths import Step, Way, shortest_ways
from nl2sql.sources import Names, Source, Sources, columns_of, flat, has
from nl2sql.words import words
from plugins.readonly import Rejected

SHOWN = 40


def mend(
    column: exp.Column,
    sources: Sources,
    scope: Scope,
    names: Names,
    named: Source | None,
) -> None:
    """Another source of the query has the column; or its table has one called almost so; or a linked table has it."""
    was = column.sql("mysql")
    if bridge(column, named, scope, names):
        return
    key = _key_of_equation(column, named, scope, names)
    if key is not None:
        column.set("this", exp.to_identifier(key))
        names.note(f"read {was} as {column.sql('mysql')}")
        return
    holders = [
        name
        for name, source, _ in sources
        if source is not named and name != column.table and _sure(source, column, names)
    ]
    same = equated(column.name, holders, scope) if len(holders) > 1 else None
    if len(holders) == 1 or same:
        column.set("table", exp.to_identifier(same or holders[0]))
    elif not holders and (near := _near_column(column, sources, named, names, set(scope.selected_sources))) is not None:
        column.set("table", exp.to_identifier(near[0]))
        column.set("this", exp.to_identifier(near[1]))
    elif not holders and (own := _only_date(column, named, scope, names)) is not None:
        column.set("this", exp.to_identifier(own))
    elif not holders and (table := _linked_holder(column, scope, names)) is not None:
        column.set("table", exp.to_identifier(table.name))
    else:
        raise Rejected(_explain(column, sources, names))
    compared = column.parent
    if isinstance(compared, exp.Binary) and compared.left == compared.right:
        raise Rejected(f"{was} does not exist, and {column.sql('mysql')} would be compared with itself")
    names.note(f"read {was} as {column.sql('mysql')}")


def equated(name: str, here: list[str], scope: Scope) -> str | None:
    """The first of the sources when the joins say that the column is the same in them all."""
    joined = {here[0]}
    for join in scope.expression.args.get("joins") or ():
        if join.side in ("RIGHT", "FULL"):
            return None
        condition = join.args.get("on")
        for equation in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            if not isinstance(equation, exp.EQ):
                continue
            sides = [s for s in equation.unnest_operands() if isinstance(s, exp.Column) and s.table]
            tables = {s.table for s in sides if s.name.casefold() == name.casefold()}
            if len(sides) == 2 == len(tables):
                joined |= tables if joined & tables else set()
    return here[0] if set(here) <= joined else None


def _key_of_equation(column: exp.Column, named: Source | None, scope: Scope, names: Names) -> str | None:
    """In ``a.wrong = b.key``: the one column of ``a`` that a foreign key pairs with ``b.key``."""
    equation = column.parent
    if not isinstance(equation, exp.EQ) or not isinstance(named, exp.Table):
        return None
    other = equation.right if equation.left is column else equation.left
    source = scope.selected_sources.get(other.table) if isinstance(other, exp.Column) else None
    if source is None or not isinstance(source[1], exp.Table):
        return None
    here, there = named.name, (source[1].name, other.name.casefold())
    found = {k.column for k in names.catalog.links if k.table == here and (k.to_table, k.to_column.casefold()) == there}
    found |= {
        k.to_column for k in names.catalog.links if k.to_table == here and (k.table, k.column.casefold()) == there
    }
    return found.pop() if len(found) == 1 else None


def key_to(source: Source, column: str, scope: Scope, names: Names) -> str | None:
    """The one column of the scope's only table that is linked with ``column`` of ``source``."""
    tables = [s.name for _node, s in scope.selected_sources.values() if isinstance(s, exp.Table)]
    if len(tables) != 1 or not isinstance(source, exp.Table):
        return None
    there = (source.name, column.casefold())
    links = [k for k in names.catalog.links if tables[0] in (k.table, k.to_table)]
    found = {k.column for k in links if k.table == tables[0] and (k.to_table, k.to_column.casefold()) == there}
    found |= {k.to_column for k in links if k.to_table == tables[0] and (k.table, k.column.casefold()) == there}
    return found.pop() if len(found) == 1 else None


def _sure(source: Source, column: exp.Column, names: Names) -> bool:
    columns = columns_of(source, names)
    return columns is not None and has(columns, column.name)


def _near_column(
    column: exp.Column,
    sources: Sources,
    named: Source | None,
    names: Names,
    own: set[str],
) -> tuple[str, str] | None:
    """(source, column) of the one column that is called almost so; those of the query's ``own`` sources first."""
    wanted = flat(column.name)
    found: set[tuple[str, str]] = set()
    for name, source, _ in sources:
        if named is not None and source is not named:
            continue
        for other in columns_of(source, names) or ():
            if _almost(flat(other), wanted):
                found.add((name, other))
    exact = {(n, o) for n, o in found if flat(o) == wanted}
    best = exact or {(n, o) for n, o in found if n in own} or found
    return next(iter(best)) if len(best) == 1 else None


def _almost(one: str, other: str) -> bool:
    """Equal, nearly equal, or one the end of the other (``name``, ``customer_name``)."""
    if one == other or difflib.SequenceMatcher(None, one, other).ratio() >= 0.88:
        return True
    return min(len(one), len(other)) >= 4 and (one.endswith(other) or other.endswith(one))


def _linked_holder(column: exp.Column, scope: Scope, names: Names) -> CatalogTable | None:
    """The one table that has the column and that foreign keys reach from the query's tables; it is joined.

    A table that a row of the query refers to comes first; else the one nearest, by its only shortest way.
    """
    holders = [t for t in names.catalog.tables if t.column(column.name)]
    linked = [t for t in holders if len(_links_to(t, scope, names)) == 1]
    linked = _named_by_key(linked, scope, names) or linked
    if len(linked) == 1:
        return linked[0] if join(linked[0], scope, names) else None
    ways = [(t, shortest_ways(_present(scope), t.name, names.catalog)) for t in holders]
    reached = [(t, found) for t, found in ways if found]
    if linked or not reached:
        return None
    least = min(len(found[0]) for _, found in reached)
    nearest = [(t, found) for t, found in reached if len(found[0]) == least]
    if len(nearest) != 1 or len(nearest[0][1]) != 1:
        return None
    if scope.expression.find(exp.AggFunc) and any(_multiplies(step, scope, names) for step in nearest[0][1][0]):
        return None
    return nearest[0][0] if _join_along(nearest[0][1][0], scope, names) else None


def _multiplies(step: Step, scope: Scope, names: Names) -> bool:
    """One row meets several of the table that the step joins, so that sums and counts would grow."""
    source = scope.selected_sources.get(step.source)
    here = source[1].name if source is not None and isinstance(source[1], exp.Table) else step.source
    return not any(
        (k.table, k.column, k.to_table, k.to_column) == (here, step.own, step.table, step.other)
        for k in names.catalog.links
    )


def _only_date(column: exp.Column, named: Source | None, scope: Scope, names: Names) -> str | None:
    """The only date of the table, where another table's date was named; whether that is NULL is another question."""
    if isinstance(column.parent, exp.Is):
        return None
    tables = [s for _node, s in scope.selected_sources.values()]
    source = named if named is not None else tables[0] if len(tables) == 1 else None
    table = names.catalog.table(source.name) if isinstance(source, exp.Table) else None
    elsewhere = [found for t in names.catalog.tables if (found := t.column(column.name)) is not None]
    if table is None or not (any(c.base_type in DATES for c in elsewhere) or _says_date(column.name)):
        return None
    dates = [c.name for c in table.columns if c.base_type in DATES]
    return dates[0] if len(dates) == 1 else None


def _says_date(name: str) -> bool:
    return bool({"date", "time", "timestamp", "at", "ts", "dt", "on", "datetime"} & set(words(name)[-1:]))


def _named_by_key(tables: list[CatalogTable], scope: Scope, names: Names) -> list[CatalogTable]:
    """Of several tables, those whose key the query itself uses: ``s.person_id, s.first_name`` means the person's."""
    used = {c.name.casefold() for c in scope.columns}
    return [t for t in tables if _links_to(t, scope, names)[0][1].casefold() in used]


def _present(scope: Scope) -> list[tuple[str, str]]:
    """(name in the query, table) of the scope's tables."""
    sources = scope.selected_sources.items()
    return [(name, source.name) for name, (_node, source) in sources if isinstance(source, exp.Table)]


def _join_along(way: Way, scope: Scope, names: Names) -> bool:
    select = scope.expression
    if not isinstance(select, exp.Select) or any(step.table in scope.selected_sources for step in way):
        return False
    for step in way:
        _add_join(select, scope, step)
        if step.table not in names.tables:
            names.tables.append(step.table)
    names.note(f"joined {' and '.join(step.table for step in way)} along foreign keys")
    return True


def _add_join(select: exp.Select, scope: Scope, step: Step) -> None:
    condition = exp.EQ(this=exp.column(step.own, step.source), expression=exp.column(step.other, step.table))
    select.append("joins", exp.Join(this=exp.table_(step.table), on=condition))
    scope.clear_cache()
    scope.add_source(step.table, select.args["joins"][-1].this)


def _links_to(table: CatalogTable, scope: Scope, names: Names) -> list[tuple[str, str, str]]:
    """(source, its column, the table's column): ways from a source of this scope to one row of ``table``."""
    return [
        (name, link.column, link.to_column)
        for name, (_node, source) in scope.selected_sources.items()
        if isinstance(source, exp.Table)
        for link in names.catalog.links
        if link.table == source.name and link.to_table == table.name
    ]


def join(table: CatalogTable, scope: Scope, names: Names) -> bool:
    """Join ``table`` along the one foreign key that leads to it; rows are never multiplied by that."""
    select = scope.expression
    ways = _links_to(table, scope, names)
    if len(ways) != 1 or not isinstance(select, exp.Select) or table.name in scope.selected_sources:
        return False
    source, column, to_column = ways[0]
    _add_join(select, scope, Step(source, column, table.name, to_column))
    names.tables.append(table.name)
    names.note(f"joined {table.name} by {source}.{column}")
    return True


def _explain(column: exp.Column, sources: Sources, names: Names) -> str:
    parts = [f"there is no column {column.sql('mysql')[:80]}"]
    for name, source, _ in sources[:4]:
        columns = columns_of(source, names)
        if columns:
            parts.append(f"{name} has {', '.join(columns[:SHOWN])}")
    holders = [t.name for t in names.catalog.tables if t.column(column.name)]
    if holders:
        parts.append(f"{column.name[:60]} is a column of {', '.join(holders[:5])}")
    present = [(name, source.name) for name, source, _ in sources if isinstance(source, exp.Table)]
    for holder in holders[:2]:
        for way in shortest_ways(present, holder, names.catalog)[:1]:
            parts.append(f"to reach {holder}: {' '.join(map(str, way))}")
    return "; ".join(parts)
