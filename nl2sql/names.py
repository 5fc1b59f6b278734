"""Resolves every table and column of a statement against the catalog, and mends a wrong name when only one fits.

Scopes follow MySQL: a correlated subquery sees the query around it, a derived table and a CTE do not; an alias of the
SELECT list may be used in GROUP BY, HAVING and ORDER BY. What stays ambiguous is left to the database's own EXPLAIN.
"""

import difflib

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from nl2sql.catalog import Catalog, CatalogTable
from nl2sql.mend import SHOWN, equated, key_to, mend
from nl2sql.mend import join as join_table
from nl2sql.sources import Names, Sources, columns_of, flat, has, visible
from plugins.readonly import Rejected


def resolve(tree: exp.Query, catalog: Catalog) -> Names:
    """Check and mend ``tree`` in place. Raises Rejected with the true names when something cannot be mended."""
    names = Names(catalog)
    scopes = _scopes(tree)
    seen = {id(table) for scope in scopes for table in _resolve_tables(scope, names)}
    for table in tree.find_all(exp.Table):
        if id(table) not in seen:  # whatever the scopes do not tell of, nobody has checked
            raise Rejected(f"the table {table.sql('mysql')[:60]} cannot be told apart", refused=_system(table.db))
    # Mending adds tables and changes qualifiers, so that scopes are made anew.
    for scope in _scopes(tree):
        for column in _own_columns(scope):
            _resolve_column(column, scope, names)
    return names


def _scopes(tree: exp.Query) -> list[Scope]:
    try:
        scopes = list(traverse_scope(tree))
        for scope in scopes:
            _ = scope.selected_sources  # computed late; raises on two sources of one name
        return scopes
    except (SqlglotError, RecursionError) as error:
        raise Rejected(f"the statement's tables cannot be told apart: {error}"[:200]) from error


def _own_columns(scope: Scope) -> list[exp.Column]:
    return [c for c in scope.find_all(exp.Column) if not isinstance(c.this, exp.Star)]


def _resolve_tables(scope: Scope, names: Names) -> list[exp.Table]:
    """Returns the tables that are checked now, and the names of CTEs that stand where a table does."""
    seen = [node for node, source in scope.selected_sources.values() if isinstance(source, Scope) and source.is_cte]
    for name, source in scope.sources.items():
        # A parenthesis around tables is a Query for sqlglot too, so the ancestor is named by its kinds.
        if isinstance(source, exp.Table) and source.find_ancestor(exp.Select, exp.SetOperation) is scope.expression:
            _resolve_table(name, source, names)
            seen.append(source)
    return [node for node in seen if isinstance(node, exp.Table)]


def _resolve_table(name: str, source: exp.Table, names: Names) -> None:
    catalog = names.catalog
    if source.args.get("catalog") or (source.db and source.db.casefold() != catalog.database.casefold()):
        raise Rejected(
            f"the table {source.sql('mysql')} is outside of the selected database", refused=_system(source.db)
        )
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
    flats = {t.name: flat(t.name) for t in names.catalog.tables}
    wanted = flat(name)
    same = [n for n, f in flats.items() if f in (wanted, wanted + "s", wanted + "es") or wanted in (f + "s", f + "es")]
    near = same or [n for n in flats if difflib.SequenceMatcher(None, flats[n], wanted).ratio() >= 0.88]
    if len(near) != 1:
        return None
    names.note(f"read table {name} as {near[0]}")
    return names.catalog.table(near[0])


def _resolve_column(column: exp.Column, scope: Scope, names: Names) -> None:
    if column.args.get("catalog"):
        raise Rejected(f"{column.sql('mysql')[:80]} names another database")
    if column.args.get("db"):
        if column.db.casefold() != names.catalog.database.casefold():
            raise Rejected(f"{column.sql('mysql')[:80]} names another database")
        column.set("db", None)
    sources = list(visible(scope))
    if column.table:
        _resolve_qualified(column, sources, scope, names)
    else:
        _resolve_bare(column, sources, scope, names)
    _remember(column, scope, names)


def _remember(column: exp.Column, scope: Scope, names: Names) -> None:
    for name, source, _scope in visible(scope):
        if isinstance(source, exp.Table) and (not column.table or column.table == name):
            table = names.catalog.table(source.name)
            found = table.column(column.name) if table else None
            if table and found and f"{table.name}.{found.name}" not in names.columns:
                names.columns.append(f"{table.name}.{found.name}")


def _resolve_qualified(column: exp.Column, sources: Sources, scope: Scope, names: Names) -> None:
    named = [source for name, source, _ in sources if name.casefold() == column.table.casefold()]
    if not named:
        # The table's own name where an alias was given, or a table that was forgotten in FROM.
        behind = [
            name for name, s, _ in sources if isinstance(s, exp.Table) and s.name.casefold() == column.table.casefold()
        ]
        if len(behind) == 1:
            column.set("table", exp.to_identifier(behind[0]))
            return
        table = names.catalog.table(column.table)
        if table is not None and table.column(column.name) and join_table(table, scope, names):
            column.set("table", exp.to_identifier(table.name))
            return
        here = [
            name
            for name, s, at in sources
            if at is scope and isinstance(s, exp.Table) and has(columns_of(s, names), column.name)
        ]
        if len(here) == 1:
            names.note(f"read {column.sql('mysql')} as {here[0]}.{column.name}")
            column.set("table", exp.to_identifier(here[0]))
            return
        raise Rejected(f"{column.table}.{column.name}: {column.table} is not in FROM")
    spelled = next(name for name, _, _ in sources if name.casefold() == column.table.casefold())
    if spelled != column.table:
        column.set("table", exp.to_identifier(spelled))
    if column.table not in scope.selected_sources and _only_output(column) and _alone(column, scope):
        outer = next(s for name, s, _ in sources if name == column.table)
        key = key_to(outer, column.name, scope, names)
        if key is not None:
            names.note(f"read {column.sql('mysql')} in the subquery as {key}")
            column.set("this", exp.to_identifier(key))
            column.set("table", None)
            return
    if not has(columns_of(named[0], names), column.name):
        mend(column, sources, scope, names, named[0])


def _resolve_bare(column: exp.Column, sources: Sources, scope: Scope, names: Names) -> None:
    if isinstance(scope.expression, exp.SetOperation):
        return  # ORDER BY of a UNION names an output; EXPLAIN checks it
    here = [name for name, source, at in sources if at is scope and has(columns_of(source, names), column.name)]
    if len(here) == 1 or (here and _shared_by_using(column, scope)):
        return
    if len(here) > 1:
        equal = equated(column.name, here, scope)
        if equal:
            column.set("table", exp.to_identifier(equal))
        return
    alias = _alias(column, scope)
    if alias is not None:
        _use_alias(column, alias, scope, names)
        return
    around = [(name, s) for name, s, at in sources if at is not scope and has(columns_of(s, names), column.name)]
    if around and not _only_output(column):
        return
    if around and (key := key_to(around[0][1], column.name, scope, names)) is not None:
        # IN (SELECT key FROM other) whose key stands in the query around compares that with itself.
        names.note(f"read {column.sql('mysql')} in the subquery as {key}")
        column.set("this", exp.to_identifier(key))
        return
    mend(column, sources, scope, names, None)


def _alone(column: exp.Column, scope: Scope) -> bool:
    """Nothing else in the subquery comes from the query around it, to which it is tied then on purpose."""
    return not any(c.table and c.table not in scope.selected_sources for c in _own_columns(scope) if c is not column)


def _only_output(column: exp.Column) -> bool:
    """The column is all that a subquery after IN selects."""
    select = column.parent
    while isinstance(select, (exp.Alias, exp.Distinct)):
        select = select.parent
    if not isinstance(select, exp.Select) or len(select.selects) != 1:
        return False
    holder = select.parent.parent if isinstance(select.parent, exp.Subquery) else select.parent
    return isinstance(holder, exp.In)


def _shared_by_using(column: exp.Column, scope: Scope) -> bool:
    joins = scope.expression.args.get("joins") or ()
    return any(column.name.casefold() in (u.name.casefold() for u in j.args.get("using") or ()) for j in joins)


def _alias(column: exp.Column, scope: Scope) -> exp.Alias | None:
    if not isinstance(scope.expression, exp.Select):
        return None
    selects = scope.expression.expressions
    return next((s for s in selects if isinstance(s, exp.Alias) and s.alias.casefold() == column.name.casefold()), None)


def _use_alias(column: exp.Column, alias: exp.Alias, scope: Scope, names: Names) -> None:
    """An alias of the SELECT list: fine in GROUP BY, HAVING, ORDER BY; elsewhere its meaning takes its place."""
    holder = column.find_ancestor(exp.Group, exp.Having, exp.Order, exp.Where, exp.Join, exp.Select)
    if isinstance(holder, (exp.Group, exp.Having, exp.Order)) and not column.find_ancestor(exp.Window):
        return
    meaning = alias.this
    inside = alias is column.find_ancestor(exp.Alias)
    aggregated = meaning.find(exp.AggFunc, exp.Window) is not None
    if inside or (aggregated and isinstance(holder, (exp.Where, exp.Join))):
        raise Rejected(f"{column.name} is an alias that is not known there; use a subquery or HAVING")
    column.replace(exp.paren(meaning.copy()))
