"""UPDATE and DELETE, with MySQL's ORDER BY, LIMIT and several tables.

What the target has no syntax for goes through the rows' own addresses: ctid in PostgreSQL, rowid elsewhere.
"""

from sqlglot import exp

from proxy.upstreams.dialect.assign import assign, hold_assignments
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.rewrite import rewrite
from proxy.upstreams.dialect.schema import Table

_ADDRESS = {"postgres": ("tableoid", "ctid"), "duckdb": ("rowid",), "sqlite": ("rowid",)}
_SOURCE = "askwire_source"


def update(tree: exp.Update, context: Context) -> list[exp.Expr]:
    """One UPDATE of one table."""
    if context.facts.get("ignore"):
        raise context.untranslatable("UPDATE IGNORE")
    hold_assignments(tree)
    context.resolver.statement(tree)
    tables = _tables(tree.this)
    changed = {_owner(context, each.expressions[0], tables) for each in tree.expressions}
    if len(changed) != 1:
        raise context.untranslatable("UPDATE of several tables")
    target = tables[changed.pop()]
    table = context.schema.table(target.name, target.db or None)
    tree = rewrite(tree, context, exp.Update)
    where = tree.args.get("where")
    if where is not None:
        where.set("this", context.convert.condition(where.this))
    assignments = [_assignment(context, each, table) for each in tree.expressions]
    if tree.this.args.get("joins"):
        return [_joined_update(context, tree, target, assignments)]
    for each in assignments:
        each.this.set("table", None)
    tree.set("expressions", assignments)
    _limit(context, tree, target)
    return [tree]


def delete(tree: exp.Delete, context: Context) -> list[exp.Expr]:
    """One DELETE from one table."""
    named = tree.args.get("tables") or []
    using = tree.args.get("using") or []
    if len(named) > 1:
        raise context.untranslatable("DELETE from several tables")
    context.resolver.statement(tree)
    sources = _tables(using[0]) if using else _tables(tree.this)
    wanted = (named[0] if named else tree.this).alias_or_name.lower()
    target = next((each for name, each in sources.items() if name.lower() == wanted), None)
    if target is None:
        raise context.untranslatable(f"DELETE from {wanted}")
    tree = rewrite(tree, context, exp.Delete)
    where = tree.args.get("where")
    if where is not None:
        where.set("this", context.convert.condition(where.this))
    if len(sources) == 1 and not using and not named:
        _limit(context, tree, target)
        return [tree]
    root = using[0] if using else tree.this
    chosen = _addresses(context, target, exp.From(this=root.copy()), tree)
    return [
        exp.Delete(
            this=_bare(target), where=exp.Where(this=_is_among(context, None, chosen)), with_=tree.args.get("with_")
        )
    ]


def _tables(root: exp.Expr) -> dict[str, exp.Table]:
    """The tables that are joined, by the name they have in the statement; all but plain tables left out."""
    joins = root.args.get("joins") or []
    found = [each for each in (root, *(join.this for join in joins)) if isinstance(each, exp.Table)]
    return {each.alias_or_name: each for each in found}


def _owner(context: Context, column: exp.Expr, tables: dict[str, exp.Table]) -> str:
    if not isinstance(column, exp.Column):
        raise context.untranslatable("UPDATE of what is not a column")
    if column.table:
        return next((each for each in tables if each.lower() == column.table.lower()), column.table)
    if len(tables) == 1:
        return next(iter(tables))
    for name, node in tables.items():
        table = context.schema.table(node.name, node.db or None) if isinstance(node, exp.Table) else None
        if table and any(each.name.lower() == column.name.lower() for each in table.columns):
            return name
    return next(iter(tables))


def _assignment(context: Context, node: exp.Expr, table: Table | None) -> exp.EQ:
    columns = {each.name.lower(): each for each in table.columns} if table else {}
    left, right = node.expressions
    column = columns.get(left.name.lower())
    value = assign(context, right, column) if column else context.convert.value(right)
    return exp.EQ(this=left, expression=value)


def _address(context: Context, table: exp.Expr | None) -> exp.Expr:
    name = table.alias_or_name if table is not None else None
    parts: list[exp.Expr] = [
        exp.column(part, table=exp.to_identifier(name, quoted=True) if name else None)
        for part in _ADDRESS[context.target]
    ]
    return exp.Tuple(expressions=parts) if len(parts) > 1 else parts[0]


def _is_among(context: Context, table: exp.Expr | None, chosen: exp.Select) -> exp.Expr:
    return exp.In(this=_address(context, table), query=exp.Subquery(this=chosen))


def _addresses(context: Context, target: exp.Table, source: exp.From, tree: exp.Expr) -> exp.Select:
    """SELECT the addresses of the rows meant FROM … WHERE … ORDER BY … LIMIT …."""
    address = _address(context, target)
    items = address.expressions if isinstance(address, exp.Tuple) else [address]
    select = exp.Select(expressions=items, from_=source)
    joins = source.this.args.get("joins")
    if joins:
        source.this.set("joins", None)
        select.set("joins", [each.copy() for each in joins])
    for key in ("where", "order", "limit"):
        clause = tree.args.get(key)
        if clause is not None:
            select.set(key, clause.copy())
    return select


def _limit(context: Context, tree: exp.Expr, target: exp.Table) -> None:
    """ORDER BY without LIMIT has no effect; with it, the rows are chosen first."""
    if tree.args.get("limit") is not None:
        chosen = _addresses(context, target, exp.From(this=target.copy()), tree)
        tree.set("where", exp.Where(this=_is_among(context, target if target.alias else None, chosen)))
    tree.set("order", None)
    tree.set("limit", None)


def _bare(target: exp.Table) -> exp.Table:
    return exp.Table(this=target.this.copy(), db=target.args.get("db"))


def _joined_update(context: Context, tree: exp.Update, target: exp.Table, assignments: list[exp.EQ]) -> exp.Update:
    """UPDATE t SET c = s.v0 FROM (SELECT t's address, the values FROM the join WHERE …) s WHERE t's address = s's."""
    chosen = _addresses(context, target, exp.From(this=tree.this.copy()), tree)
    places = [f"a{i}" for i in range(len(chosen.expressions))]
    values = [exp.alias_(each.expression, f"v{i}", quoted=True) for i, each in enumerate(assignments)]
    keys = [exp.alias_(each, place, quoted=True) for each, place in zip(chosen.expressions, places, strict=True)]
    chosen.set("expressions", [*keys, *values])
    source = exp.Subquery(this=chosen, alias=exp.TableAlias(this=exp.to_identifier(_SOURCE, quoted=True)))
    bare = _bare(target)
    parts = [exp.column(part, table=bare.this.copy()) for part in _ADDRESS[context.target]]
    same = [exp.EQ(this=part, expression=_of_source(place)) for part, place in zip(parts, places, strict=True)]
    changes = [
        exp.EQ(this=exp.column(each.this.this.copy()), expression=_of_source(f"v{i}"))
        for i, each in enumerate(assignments)
    ]
    where = exp.Where(this=exp.and_(*same, copy=False))
    return exp.Update(
        this=bare, expressions=changes, from_=exp.From(this=source), where=where, with_=tree.args.get("with_")
    )


def _of_source(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(_SOURCE, quoted=True))
