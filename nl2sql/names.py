"""Resolves every table and column of a statement against the catalog, and mends a wrong name when only one right one exists.

Scopes follow MySQL: a correlated subquery sees the query around it, a derived table and a CTE do not; an alias of the
SELECT list may be used in GROUP BY, HAVING and ORDER BY. What stays ambiguous is left to the database's own EXPLAIN.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from nl2sql.catalog import Catalog, CatalogTable
from nl2sql.readonly import Rejected

SHOWN = 40


@dataclass(slots=True)
class Names:
    """What a statement refers to; ``notes`` say what was mended."""

    catalog: Catalog
    tables: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def resolve(tree: exp.Query, catalog: Catalog) -> Names:
    """Check and mend ``tree`` in place. Raises Rejected with the true names when something cannot be mended."""
    names = Names(catalog)
    for scope in _scopes(tree):
        _resolve_tables(scope, names)
    # Mending adds tables and changes qualifiers, so that scopes are made anew.
    for scope in _scopes(tree):
        for column in _own_columns(scope):
            _resolve_column(column, scope, names)
    return names


def _scopes(tree: exp.Query) -> list[Scope]:
    try:
        return list(traverse_scope(tree))
    except (SqlglotError, RecursionError) as error:
        raise Rejected(f"the statement's tables cannot be told apart: {error}"[:200]) from error


def _own_columns(scope: Scope) -> list[exp.Column]:
    return [c for c in scope.find_all(exp.Column) if not isinstance(c.this, exp.Star)]


# ---- tables


def _resolve_tables(scope: Scope, names: Names) -> None:
    for name, source in scope.sources.items():
        if isinstance(source, exp.Table) and source.find_ancestor(exp.Query) is scope.expression:
            _resolve_table(name, source, names)


def _resolve_table(name: str, source: exp.Table, names: Names) -> None:
    catalog = names.catalog
    if source.args.get("catalog") or (source.db and source.db.casefold() != catalog.database.casefold()):
        raise Rejected(f"the table {source.sql('mysql')} is outside of the selected database", refused=_system(source.db))
    table = catalog.table(source.name) or _near_table(source.name, names)
    if table is None:
        known = ", ".join(t.name for t in catalog.tables[:SHOWN])
        raise Rejected(f"there is no table {source.name[:60]}; the tables are: {known}")
    if table.name != source.name:
        if not source.alias:
            source.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
        source.set("this", exp.to_identifier(table.name))
    source.set("db", None)
    if table.name not in names.tables:
        names.tables.append(table.name)


def _system(database: str) -> bool:
    return database.casefold() in ("mysql", "information_schema", "performance_schema", "sys")


def _near_table(name: str, names: Names) -> CatalogTable | None:
    """The one table that is called almost so: another number or spelling of the word."""
    flat = {t.name: _flat(t.name) for t in names.catalog.tables}
    wanted = _flat(name)
    same = [n for n, f in flat.items() if f in (wanted, wanted + "s", wanted + "es") or wanted in (f + "s", f + "es")]
    near = same or [n for n in flat if difflib.SequenceMatcher(None, flat[n], wanted).ratio() >= 0.88]
    if len(near) != 1:
        return None
    names.note(f"read table {name} as {near[0]}")
    return names.catalog.table(near[0])


def _flat(name: str) -> str:
    return name.replace("_", "").casefold()


# ---- columns


def _visible(scope: Scope) -> Iterator[tuple[str, "exp.Table | Scope", Scope]]:
    """(name, source, scope that has it) of the scope and of those around it, the nearest first."""
    at: Scope | None = scope
    while at is not None:
        for name, (_node, source) in at.selected_sources.items():
            yield name, source, at
        around = at.is_subquery or at.is_set_operation
        at = at.parent if around else None


def _columns_of(source: "exp.Table | Scope", names: Names, depth: int = 0) -> list[str] | None:
    """The source's column names; None when they cannot be told."""
    if isinstance(source, exp.Table):
        table = names.catalog.table(source.name)
        return [c.name for c in table.columns] if table else None
    holder = source.expression.parent
    alias = holder.args.get("alias") if isinstance(holder, (exp.CTE, exp.Subquery)) else None
    if isinstance(alias, exp.TableAlias) and alias.columns:
        return [c.name for c in alias.columns]
    return _outputs(source, names, depth) if depth < 20 else None


def _outputs(scope: Scope, names: Names, depth: int) -> list[str] | None:
    if scope.set_operation_scopes:
        return _outputs(scope.set_operation_scopes[0], names, depth + 1)
    found: list[str] = []
    for item in scope.expression.selects:
        if item.is_star:
            wanted = item.table if isinstance(item, exp.Column) else None
            for name, (_node, source) in scope.selected_sources.items():
                if wanted is None or name == wanted:
                    inner = _columns_of(source, names, depth + 1)
                    if inner is None:
                        return None
                    found += inner
        else:
            found.append(item.alias_or_name)
    return found


def _has(columns: list[str] | None, name: str) -> bool:
    return columns is None or name.casefold() in (c.casefold() for c in columns)


def _resolve_column(column: exp.Column, scope: Scope, names: Names) -> None:
    if column.args.get("catalog"):
        raise Rejected(f"{column.sql('mysql')[:80]} names another database")
    if column.args.get("db"):
        if column.db.casefold() != names.catalog.database.casefold():
            raise Rejected(f"{column.sql('mysql')[:80]} names another database")
        column.set("db", None)
    sources = list(_visible(scope))
    if column.table:
        _resolve_qualified(column, sources, scope, names)
    else:
        _resolve_bare(column, sources, scope, names)
    _remember(column, scope, names)


def _remember(column: exp.Column, scope: Scope, names: Names) -> None:
    for name, source, _scope in _visible(scope):
        if isinstance(source, exp.Table) and (not column.table or column.table == name):
            table = names.catalog.table(source.name)
            found = table.column(column.name) if table else None
            if table and found and f"{table.name}.{found.name}" not in names.columns:
                names.columns.append(f"{table.name}.{found.name}")


def _resolve_qualified(
    column: exp.Column, sources: list[tuple[str, "exp.Table | Scope", Scope]], scope: Scope, names: Names
) -> None:
    named = [source for name, source, _ in sources if name.casefold() == column.table.casefold()]
    if not named:
        # The table's own name where an alias was given, or a table that was forgotten in FROM.
        behind = [name for name, s, _ in sources if isinstance(s, exp.Table) and s.name.casefold() == column.table.casefold()]
        if len(behind) == 1:
            column.set("table", exp.to_identifier(behind[0]))
            return
        table = names.catalog.table(column.table)
        if table is not None and table.column(column.name) and _join(table, scope, names):
            column.set("table", exp.to_identifier(table.name))
            return
        raise Rejected(f"{column.table}.{column.name}: {column.table} is not in FROM")
    spelled = next(name for name, _, _ in sources if name.casefold() == column.table.casefold())
    if spelled != column.table:
        column.set("table", exp.to_identifier(spelled))
    if not _has(_columns_of(named[0], names), column.name):
        _mend(column, sources, scope, names, named[0])


def _resolve_bare(
    column: exp.Column, sources: list[tuple[str, "exp.Table | Scope", Scope]], scope: Scope, names: Names
) -> None:
    if isinstance(scope.expression, exp.SetOperation):
        return  # ORDER BY of a UNION names an output; EXPLAIN checks it
    here = [name for name, source, at in sources if at is scope and _has(_columns_of(source, names), column.name)]
    if len(here) == 1 or (here and _shared_by_using(column, scope)):
        return
    if len(here) > 1:
        equal = _equated(column.name, here, scope)
        if equal:
            column.set("table", exp.to_identifier(equal))
        return
    alias = _alias(column, scope)
    if alias is not None:
        _use_alias(column, alias, scope, names)
        return
    if any(_has(_columns_of(source, names), column.name) for _, source, at in sources if at is not scope):
        return
    _mend(column, sources, scope, names, None)


def _shared_by_using(column: exp.Column, scope: Scope) -> bool:
    joins = scope.expression.args.get("joins") or ()
    return any(column.name.casefold() in (u.name.casefold() for u in j.args.get("using") or ()) for j in joins)


def _equated(name: str, here: list[str], scope: Scope) -> str | None:
    """The first of the sources when the joins say that the column is the same in them all."""
    joined: set[str] = set()
    for join in scope.expression.args.get("joins") or ():
        for equation in join.find_all(exp.EQ):
            sides = (equation.left, equation.right)
            if all(isinstance(s, exp.Column) and s.name.casefold() == name.casefold() and s.table for s in sides):
                joined.update(s.table for s in sides)
    return here[0] if set(here) <= joined else None


def _alias(column: exp.Column, scope: Scope) -> exp.Alias | None:
    if not isinstance(scope.expression, exp.Select):
        return None
    selects = scope.expression.expressions
    return next((s for s in selects if isinstance(s, exp.Alias) and s.alias.casefold() == column.name.casefold()), None)


def _use_alias(column: exp.Column, alias: exp.Alias, scope: Scope, names: Names) -> None:
    """An alias of the SELECT list: fine in GROUP BY, HAVING and ORDER BY; elsewhere what it stands for takes its place."""
    holder = column.find_ancestor(exp.Group, exp.Having, exp.Order, exp.Where, exp.Join, exp.Select)
    if isinstance(holder, (exp.Group, exp.Having, exp.Order)) and not column.find_ancestor(exp.Window):
        return
    meaning = alias.this
    inside = alias is column.find_ancestor(exp.Alias)
    aggregated = meaning.find(exp.AggFunc, exp.Window) is not None
    if inside or (aggregated and isinstance(holder, (exp.Where, exp.Join))):
        raise Rejected(f"{column.name} is an alias that is not known there; use a subquery or HAVING")
    column.replace(exp.paren(meaning.copy()))


def _mend(
    column: exp.Column,
    sources: list[tuple[str, "exp.Table | Scope", Scope]],
    scope: Scope,
    names: Names,
    named: "exp.Table | Scope | None",
) -> None:
    """Another source of the query has the column; or its table has one called almost so; or a linked table has it."""
    was = column.sql("mysql")
    key = _key_of_equation(column, named, scope, names)
    if key is not None:
        column.set("this", exp.to_identifier(key))
        names.note(f"read {was} as {column.sql('mysql')}")
        return
    holders = [name for name, source, _ in sources if source is not named and name != column.table and _sure(source, column, names)]
    if len(holders) == 1:
        column.set("table", exp.to_identifier(holders[0]))
    elif not holders and (near := _near_column(column, sources, named, names)) is not None:
        column.set("table", exp.to_identifier(near[0]))
        column.set("this", exp.to_identifier(near[1]))
    elif not holders and (table := _linked_holder(column, scope, names)) is not None:
        column.set("table", exp.to_identifier(table.name))
    else:
        raise Rejected(_explain(column, sources, names))
    equation = column.parent
    if isinstance(equation, exp.EQ) and equation.left == equation.right:
        raise Rejected(f"{was} does not exist, and {column.sql('mysql')} would be compared with itself")
    names.note(f"read {was} as {column.sql('mysql')}")


def _key_of_equation(
    column: exp.Column, named: "exp.Table | Scope | None", scope: Scope, names: Names
) -> str | None:
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
    found |= {k.to_column for k in names.catalog.links if k.to_table == here and (k.table, k.column.casefold()) == there}
    return found.pop() if len(found) == 1 else None


def _sure(source: "exp.Table | Scope", column: exp.Column, names: Names) -> bool:
    columns = _columns_of(source, names)
    return columns is not None and _has(columns, column.name)


def _near_column(
    column: exp.Column,
    sources: list[tuple[str, "exp.Table | Scope", Scope]],
    named: "exp.Table | Scope | None",
    names: Names,
) -> tuple[str, str] | None:
    """(source, column) of the one column that is called almost so."""
    wanted = _flat(column.name)
    found: set[tuple[str, str]] = set()
    for name, source, _ in sources:
        if named is not None and source is not named:
            continue
        for other in _columns_of(source, names) or ():
            flat = _flat(other)
            close = difflib.SequenceMatcher(None, flat, wanted).ratio() >= 0.88
            if flat == wanted or close or (len(wanted) >= 4 and (flat.endswith(wanted) or wanted.endswith(flat)) and len(flat) >= 4):
                found.add((name, other))
    exact = {(n, o) for n, o in found if _flat(o) == wanted}
    best = exact or found
    return next(iter(best)) if len(best) == 1 else None


def _linked_holder(column: exp.Column, scope: Scope, names: Names) -> CatalogTable | None:
    """The one table that has the column and that a table of the query refers to; it is joined."""
    holders = [t for t in names.catalog.tables if t.column(column.name)]
    linked = [t for t in holders if len(_links_to(t, scope, names)) == 1]
    return linked[0] if len(linked) == 1 and _join(linked[0], scope, names) else None


def _links_to(table: CatalogTable, scope: Scope, names: Names) -> list[tuple[str, str, str]]:
    """(source, its column, the table's column): ways from a source of this scope to one row of ``table``."""
    return [
        (name, link.column, link.to_column)
        for name, (_node, source) in scope.selected_sources.items()
        if isinstance(source, exp.Table)
        for link in names.catalog.links
        if link.table == source.name and link.to_table == table.name
    ]


def _join(table: CatalogTable, scope: Scope, names: Names) -> bool:
    """Join ``table`` along the one foreign key that leads to it; rows are never multiplied by that."""
    select = scope.expression
    ways = _links_to(table, scope, names)
    if len(ways) != 1 or not isinstance(select, exp.Select) or table.name in scope.selected_sources:
        return False
    source, column, to_column = ways[0]
    condition = exp.EQ(this=exp.column(column, source), expression=exp.column(to_column, table.name))
    select.append("joins", exp.Join(this=exp.to_table(table.name), on=condition))
    scope.clear_cache()
    scope.add_source(table.name, select.args["joins"][-1].this)
    names.tables.append(table.name)
    names.note(f"joined {table.name} by {source}.{column}")
    return True


def _explain(column: exp.Column, sources: list[tuple[str, "exp.Table | Scope", Scope]], names: Names) -> str:
    parts = [f"there is no column {column.sql('mysql')[:80]}"]
    for name, source, _ in sources[:4]:
        columns = _columns_of(source, names)
        if columns:
            parts.append(f"{name} has {', '.join(columns[:SHOWN])}")
    holders = [t.name for t in names.catalog.tables if t.column(column.name)]
    if holders:
        parts.append(f"{column.name[:60]} is a column of {', '.join(holders[:5])}")
    return "; ".join(parts)
