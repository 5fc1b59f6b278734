"""GROUP BY: aliases, ROLLUP, and the columns that MySQL lets pass beside it."""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.kinds import kind_of, with_kind


def expand_aliases(tree: exp.Expr, context: Context) -> None:
    """Names of the select list in GROUP BY, HAVING and in expressions of ORDER BY become what they stand for.

    Before ``resolve`` has been here: a name that it found is a column (HAVING prefers the select list).
    """
    for select in tree.find_all(exp.Select):
        aliases = {
            item.alias.lower(): item.this
            for item in select.expressions
            if isinstance(item, exp.Alias) and not isinstance(item.this, exp.Query)
        }
        if not aliases:
            continue
        grouped = select.args.get("group")
        names = (
            {each.name.lower() for each in grouped.expressions if isinstance(each, exp.Column)} if grouped else set()
        )
        for key in ("group", "having", "order"):
            clause = select.args.get(key)
            for column in list(clause.find_all(exp.Column)) if clause else ():
                _expand(column, aliases, key, names)


def _expand(column: exp.Column, aliases: dict[str, exp.Expr], clause: str, grouped: set[str]) -> None:
    name = column.name.lower()
    if column.table or name not in aliases or column.find_ancestor(exp.Query) is None:
        return
    known = "typed" in column.meta  # a column of a table has this name too
    if known and (clause == "group" or (clause == "having" and name in grouped) or column.find_ancestor(exp.AggFunc)):
        return
    bare = isinstance(column.parent, exp.Ordered)
    if clause == "order" and (known or bare):
        if bare:
            column.this.set("quoted", True)
        return
    value = aliases[name].copy()
    simple = isinstance(value, exp.Column | exp.Literal | exp.Func | exp.Paren) and not isinstance(value, exp.Connector)
    column.replace(value if simple or isinstance(column.parent, exp.Group) else exp.Paren(this=value))


def pick_dependent(tree: exp.Expr, context: Context) -> None:
    """What MySQL calls functionally dependent on GROUP BY (or takes from any row) becomes ANY_VALUE."""
    if context.target == "sqlite":
        return  # it does so by itself
    for node in tree.find_all(exp.Select):
        group = node.args.get("group")
        if not isinstance(group, exp.Group) or group.args.get("rollup"):
            continue
        keys = list(group.expressions)
        if keys and not any(isinstance(each, exp.Literal) for each in keys) and not _has_key(node, keys, context):
            for item in node.expressions:
                _pick_in(node, item, keys)


def _pick_in(node: exp.Select, item: exp.Expr, keys: list[exp.Expr]) -> None:
    inner = item.this if isinstance(item, exp.Alias) else item
    name = item.alias_or_name.lower()
    is_key = any(isinstance(each, exp.Column) and each.name.lower() == name for each in keys)
    if inner in keys or item.is_star or is_key:
        return
    for column in list(inner.find_all(exp.Column)):
        if _owner(column) is node and not _covered(column, keys, inner):
            _pick(column)


def _owner(column: exp.Column) -> exp.Expr | None:
    """The query that the column is calculated in for every group; None inside an aggregate."""
    parent = column.parent
    while isinstance(parent, exp.Expr) and not isinstance(parent, exp.Query):
        name = str(parent.this).upper() if isinstance(parent, exp.Anonymous) else ""
        if isinstance(parent, exp.AggFunc | exp.JSONObjectAgg) or name == "JSON_ARRAYAGG":
            return None
        parent = parent.parent
    return parent if isinstance(parent, exp.Expr) else None


def _pick(column: exp.Column) -> None:
    parent, key, index = column.parent, column.arg_key, column.index
    picked: exp.Expr = with_kind(exp.AnyValue(this=column.copy()), kind_of(column))
    if parent is not None and key:
        if isinstance(parent, exp.Select):
            picked = exp.Alias(this=picked, alias=exp.to_identifier(column.name, quoted=True))
        parent.set(key, picked, index)


def _covered(column: exp.Column, keys: list[exp.Expr], root: exp.Expr) -> bool:
    node: exp.Expr | None = column
    while isinstance(node, exp.Expr):
        if node in keys:
            return True
        if node is root:
            break
        node = node.parent if isinstance(node.parent, exp.Expr) else None
    return any(
        isinstance(key, exp.Column) and key.name == column.name and not (key.table and column.table) for key in keys
    )


def _has_key(node: exp.Select, keys: list[exp.Expr], context: Context) -> bool:
    """PostgreSQL knows by itself that a primary key decides the other columns, in a query of one table."""
    source = node.args.get("from_")
    if (
        context.target != "postgres"
        or source is None
        or node.args.get("joins")
        or not isinstance(source.this, exp.Table)
    ):
        return False
    table = context.schema.table(source.this.name, source.this.db or None)
    names = {each.name for each in keys if isinstance(each, exp.Column)}
    return bool(table and table.unique and set(table.unique[0]) <= names)


def roll_up(node: exp.Select, context: Context) -> None:
    """GROUP BY a, b WITH ROLLUP is GROUP BY ROLLUP (a, b)."""
    group = node.args.get("group")
    if group is None or not any(isinstance(each, exp.Rollup) for each in group.args.get("rollup") or []):
        return
    if context.target == "sqlite":
        raise context.untranslatable("WITH ROLLUP")
    group.set("rollup", [exp.Rollup(expressions=[each.copy() for each in group.expressions])])
    group.set("expressions", [])
