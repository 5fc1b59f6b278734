"""Reads generated text as one INSERT, UPDATE or DELETE on one base table: by an allow-list, as ``readonly`` does.

What such a statement computes and which rows it picks is put into a SELECT of the same table, the *twin*, so that one
guard resolves the names of both. The statement is then made anew from the twin's checked parts.
"""

from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from nl2sql.catalog import Catalog, CatalogTable
from nl2sql.names import resolve
from plugins.readonly import Rejected, check_tree, parse_statement, write_and_read

Rows = tuple[tuple[exp.Expr, ...], ...]
Writing = exp.Insert | exp.Update | exp.Delete

_PARTS: dict[type[exp.Expr], set[str]] = {
    exp.Update: {"this", "expressions", "where", "order", "limit"},
    exp.Delete: {"this", "where", "order", "limit"},
    exp.Insert: {"this", "expression"},
}
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Change:
    """A checked statement. ``columns``: what SET or the column list of INSERT names, as the catalog spells it.

    ``picked``: SELECT without columns of the rows that UPDATE and DELETE pick, the query of INSERT … SELECT; None for
    INSERT … VALUES, whose tuples are ``values``.
    """

    kind: str  # INSERT, UPDATE or DELETE
    sql: str
    table: CatalogTable
    columns: tuple[str, ...]
    picked: exp.Query | None
    values: Rows = ()
    notes: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the table's primary key."""
        return tuple(c.name for c in self.table.columns if c.primary)


def check_change(text: str, catalog: Catalog) -> Change:
    """Raises Rejected."""
    tree = parse_statement(text)
    checked = _read(tree, catalog)
    sql, again = write_and_read(_written(checked))
    if _read(again, catalog).kind != checked.kind:
        raise Rejected("the statement does not survive translation")
    return replace(checked, sql=sql)


def _read(tree: exp.Expr, catalog: Catalog) -> Change:
    parts = _PARTS.get(type(tree))
    if parts is None or not isinstance(tree, Writing):
        raise Rejected(f"{type(tree).__name__.upper()} is not an INSERT, UPDATE or DELETE", refused=True)
    if extra := {key for key, value in tree.args.items() if value} - parts:
        shown = ", ".join(sorted(e.rstrip("_").upper() for e in extra))
        raise Rejected(f"{shown} is not allowed: a change is a plain statement on one table", refused=True)
    if isinstance(tree, exp.Insert):
        return _insert(tree, catalog)
    return _update_or_delete(tree, catalog)


# --- UPDATE and DELETE ------------------------------------------------------------------------------------------------


def _update_or_delete(tree: exp.Update | exp.Delete, catalog: Catalog) -> Change:
    table = _target(tree.this, catalog)
    named, values = _assignments(tree) if isinstance(tree, exp.Update) else ([], [])
    _needs_where(tree)
    twin = exp.Select(
        expressions=[_output(v, n) for n, v in enumerate(values) if not _is_default(v)]
        or [_output(exp.Literal.number(1), 0)],
        from_=exp.From(this=tree.this.copy()),
        **{key: tree.args[key].copy() for key in ("where", "order", "limit") if tree.args.get(key)},
    )
    check_tree(twin)
    notes = _resolve(twin, catalog, table)
    columns = tuple(_column(name, table) for name in named)
    _keeps_key(columns, table)
    new = iter(item.this for item in twin.expressions)
    computed = tuple(v if _is_default(v) else next(new) for v in values)
    twin.set("expressions", [])
    _order_fully(twin, table)
    kind = "UPDATE" if isinstance(tree, exp.Update) else "DELETE"
    return Change(kind, "", table, columns, twin, (computed,), notes)


def _assignments(tree: exp.Update) -> tuple[list[str], list[exp.Expr]]:
    names, values = [], []
    for item in tree.expressions:
        if not isinstance(item, exp.EQ) or not isinstance(item.this, exp.Column):
            raise Rejected("SET takes column = value")
        if item.this.table and item.this.table.casefold() not in (
            tree.this.name.casefold(),
            tree.this.alias.casefold(),
        ):
            raise Rejected(f"{item.this.sql('mysql')[:80]} is not of the table that is changed")
        names.append(item.this.name)
        values.append(item.expression)
    return names, values


def _needs_where(tree: exp.Update | exp.Delete) -> None:
    where, limit = tree.args.get("where"), tree.args.get("limit")
    if where is None or simplify(where.this.copy(), dialect="mysql").find(exp.Column) is None:
        raise Rejected("UPDATE and DELETE need a WHERE that picks rows by their columns")
    if limit is not None:
        count = limit.expression
        if limit.args.get("offset") or not isinstance(count, exp.Literal) or not count.name.isdecimal():
            raise Rejected("LIMIT takes a whole number")


def _resolve(twin: exp.Select, catalog: Catalog, target: CatalogTable) -> tuple[str, ...]:
    """Every name of the twin, whose alias goes. Raises Rejected, also when mending it took another table."""
    names = resolve(twin, catalog)
    source = twin.args["from_"].this
    if twin.args.get("joins") or not isinstance(source, exp.Table):
        raise Rejected(f"only columns of {target.name} can be used outside of subqueries")
    if any(t is not source and t.name == source.name for t in twin.find_all(exp.Table)):
        raise Rejected(f"a subquery reads {source.name}, which the statement changes")
    alias = source.alias
    if alias and any(
        alias.casefold() == t.alias_or_name.casefold() for t in twin.find_all(exp.Table) if t is not source
    ):
        raise Rejected(f"{alias} stands for two tables")
    for column in twin.find_all(exp.Column):
        if alias and column.table.casefold() == alias.casefold():
            column.set("table", source.this.copy())
    source.set("alias", None)
    return tuple(names.notes)


def _keeps_key(columns: tuple[str, ...], table: CatalogTable) -> None:
    keys = {c.name for c in table.columns if c.primary}
    if not keys:
        raise Rejected(f"{table.name} has no primary key to tell its rows by", refused=True)
    if changed := keys & set(columns):
        raise Rejected(f"{', '.join(sorted(changed))} is the primary key, which a change leaves as it is", refused=True)
    if len(set(columns)) != len(columns):
        raise Rejected("SET names a column twice")


def _order_fully(twin: exp.Select, table: CatalogTable) -> None:
    """With LIMIT, the same rows are picked each time."""
    if twin.args.get("limit") is None:
        twin.set("order", None)
        return
    order = twin.args.get("order") or exp.Order(expressions=[])
    named = {o.this.name for o in order.expressions if isinstance(o.this, exp.Column)}
    for key in (c.name for c in table.columns if c.primary and c.name not in named):
        order.append("expressions", exp.Ordered(this=exp.Column(this=quoted(key)), nulls_first=True))
    twin.set("order", order)


# --- INSERT -----------------------------------------------------------------------------------------------------------


def _insert(tree: exp.Insert, catalog: Catalog) -> Change:
    if not isinstance(tree.this, exp.Schema) or not tree.this.expressions:
        raise Rejected("INSERT names its columns")
    if any(not isinstance(name, exp.Identifier) for name in tree.this.expressions):
        raise Rejected("INSERT names its columns, and nothing else", refused=True)
    table = _target(tree.this.this, catalog)
    columns = tuple(_column(name.name, table) for name in tree.this.expressions)
    if len(set(columns)) != len(columns):
        raise Rejected("INSERT names a column twice")
    source = tree.expression
    if isinstance(source, exp.Values):
        values, notes = _values(source, len(columns), catalog)
        return Change("INSERT", "", table, columns, None, values, notes)
    while isinstance(source, exp.Subquery):
        source = source.this
    if not isinstance(source, (exp.Select, exp.SetOperation)):
        raise Rejected("INSERT takes VALUES or a SELECT", refused=True)
    query = source.copy()
    check_tree(query)
    names = resolve(query, catalog)
    return Change("INSERT", "", table, columns, query, (), tuple(names.notes))


def _values(
    source: exp.Values, width: int, catalog: Catalog
) -> tuple[tuple[tuple[exp.Expr, ...], ...], tuple[str, ...]]:
    if source.args.get("alias"):
        raise Rejected("VALUES takes no name", refused=True)
    tuples = [list(t.expressions) if isinstance(t, exp.Tuple) else [t] for t in source.expressions]
    if any(len(t) != width for t in tuples):
        raise Rejected("each row of VALUES has as many values as there are columns")
    given = [v for t in tuples for v in t if not _is_default(v)]
    notes: tuple[str, ...] = ()
    computed: list[exp.Expr] = []
    if given:
        twin = exp.Select(expressions=[_output(v, n) for n, v in enumerate(given)])
        check_tree(twin)
        if any(c.find_ancestor(exp.Select) is twin for c in twin.find_all(exp.Column)):
            raise Rejected("VALUES takes values, not columns; text stands in single quotes")
        notes = tuple(resolve(twin, catalog).notes)
        computed = [item.this for item in twin.expressions]
    new = iter(computed)
    return tuple(tuple(v if _is_default(v) else next(new) for v in t) for t in tuples), notes


# --- both -------------------------------------------------------------------------------------------------------------


def _target(node: exp.Expr, catalog: Catalog) -> CatalogTable:
    """The base table that is changed. Raises Rejected."""
    if not isinstance(node, exp.Table) or node.args.get("joins"):
        raise Rejected("a change is made to one table", refused=True)
    check_tree(node)
    probe = exp.Select(expressions=[_output(exp.Literal.number(1), 0)], from_=exp.From(this=node.copy()))
    table = catalog.table(resolve(probe, catalog).tables[0])
    assert table is not None
    if table.view:
        raise Rejected(f"{table.name} is a view; change the table that it reads")
    return table


def _column(name: str, table: CatalogTable) -> str:
    column = table.column(name)
    if column is None:
        known = ", ".join(c.name for c in table.columns[:40])
        raise Rejected(f"{table.name} has no column {name[:60]}; it has: {known}")
    return column.name


def _output(value: exp.Expr, number: int) -> exp.Alias:
    """A column of a twin, called as no column of a table is."""
    return exp.Alias(this=value.copy(), alias=exp.to_identifier(f"_askwire_{number}"))


def _is_default(value: exp.Expr) -> bool:
    """The keyword DEFAULT, which sqlglot reads as a variable in VALUES and as a column in SET."""
    bare = isinstance(value, exp.Var) or (
        isinstance(value, exp.Column) and not value.table and not value.this.args.get("quoted")
    )
    return bare and value.name.casefold() == _DEFAULT


def _written(change: Change) -> exp.Expr:
    """The statement, made anew from checked parts."""
    table = exp.Table(this=quoted(change.table.name))
    values = [[exp.var("DEFAULT") if _is_default(v) else v.copy() for v in row] for row in change.values]
    if change.kind == "INSERT":
        rows = exp.Values(expressions=[exp.Tuple(expressions=row) for row in values])
        source = change.picked.copy() if change.picked is not None else rows
        schema = exp.Schema(this=table, expressions=[quoted(c) for c in change.columns])
        return exp.Insert(this=schema, expression=source)
    assert change.picked is not None
    parts = {key: change.picked.args[key].copy() for key in ("where", "order", "limit") if change.picked.args.get(key)}
    if change.kind == "DELETE":
        return exp.Delete(this=table, **parts)
    pairs = [
        exp.EQ(this=exp.Column(this=quoted(c)), expression=v) for c, v in zip(change.columns, values[0], strict=True)
    ]
    return exp.Update(this=table, expressions=pairs, **parts)


def quoted(name: str) -> exp.Identifier:
    """A name of the catalog in a statement."""
    return exp.Identifier(this=name, quoted=True)
