"""Rules for SELECT's clauses."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from proxy.upstreams.dialect.aggregates import pick_any
from proxy.upstreams.dialect.comparisons import harmonise
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.kinds import BOOL, kind_of


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


def name_columns(tree: exp.Expr, sql: str, labels: list[tuple[int, int]]) -> None:
    """Give the columns of the outermost query the names that MySQL gives them: the text of the expression."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.left if isinstance(select, exp.SetOperation) else select.this
    if not isinstance(select, exp.Select) or len(select.expressions) != len(labels):
        return
    for item, (start, end) in zip(select.expressions, labels, strict=True):
        if isinstance(item, exp.Alias | exp.Star) or item.is_star:
            continue
        if isinstance(item, exp.Column):
            label = str(item.meta.get("typed") or item.name)
            if label == item.name:
                continue
        elif isinstance(item, exp.Literal) and item.is_string:
            label = str(item.this)
        else:
            label = sql[start:end]
        _alias(item, label or "Name_exp")


def _alias(item: exp.Expr, label: str) -> None:
    kind = kind_of(item)
    alias = exp.Alias(this=item.copy(), alias=exp.to_identifier(label, quoted=True))
    alias.meta["kind"] = kind
    item.replace(alias)


def quote_aliases(tree: exp.Expr) -> None:
    """Aliases keep their case; a reference to one is written as the alias is."""
    spelled: dict[str, str] = {}
    for node in tree.find_all(exp.Alias, exp.TableAlias):
        names = [
            node.args.get("alias") if isinstance(node, exp.Alias) else node.this,
            *(node.args.get("columns") or ()),
        ]
        for each in names:
            if isinstance(each, exp.Identifier):
                each.set("quoted", True)
                spelled[each.name.lower()] = each.name
            elif isinstance(each, exp.ColumnDef) and isinstance(each.this, exp.Identifier):
                each.this.set("quoted", True)
    for column in tree.find_all(exp.Column):
        for part in (column.this, column.args.get("table")):
            if isinstance(part, exp.Identifier) and not part.quoted and part.name.lower() in spelled:
                part.set("this", spelled[part.name.lower()])
                part.set("quoted", True)
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not table.db and not table.this.quoted:
            name = spelled.get(table.name.lower())
            if name:
                table.this.set("this", name)
                table.this.set("quoted", True)


def select(node: exp.Expr, context: Context) -> exp.Expr:
    """The clauses that differ; expressions have been translated already."""
    assert isinstance(node, exp.Select)
    node.set("hint", None)
    if node.args.get("into"):
        raise context.untranslatable("SELECT … INTO")
    if context.target != "postgres":
        node.set("locks", None)
    source = node.args.get("from_")
    if source is not None and isinstance(source.this, exp.Table) and source.this.name.upper() == "DUAL":
        node.set("from_", None)
    items = [context.convert.value(each) if _is_condition(each) else each for each in node.expressions]
    node.set("expressions", items)
    for key in ("where", "having"):
        clause = node.args.get(key)
        if clause is not None:
            clause.set("this", context.convert.condition(clause.this))
    _group(node, context)
    return node


def _is_condition(node: exp.Expr) -> bool:
    return kind_of(node) is BOOL and not isinstance(node, exp.Alias | exp.Column | exp.Subquery)


def alias(node: exp.Expr, context: Context) -> exp.Expr:
    """``(a = b) AS x`` is a number."""
    if _is_condition(node.this):
        node.set("this", context.convert.value(node.this))
    return node


def join(node: exp.Expr, context: Context) -> exp.Expr:
    """INNER JOIN without a condition is a CROSS JOIN, CROSS JOIN with one an INNER JOIN."""
    assert isinstance(node, exp.Join)
    condition = node.args.get("on")
    if condition is not None:
        node.set("on", context.convert.condition(condition))
        node.set("kind", None if node.kind == "CROSS" else node.args.get("kind"))
    elif node.kind == "INNER" and not node.args.get("using"):
        node.set("kind", "CROSS")
    return node


def set_operation(node: exp.Expr, context: Context) -> exp.Expr:
    """Branches of one type in each column."""
    assert isinstance(node, exp.SetOperation)
    left, right = node.left, node.right
    branches = [each.unnest() if isinstance(each, exp.Subquery) else each for each in (left, right)]
    lists = [each.selects for each in branches if isinstance(each, exp.Select)]
    if len(lists) != 2 or len(lists[0]) != len(lists[1]) or any(each.is_star for both in lists for each in both):
        return node
    for pair in zip(*lists, strict=True):
        inner = [each.this if isinstance(each, exp.Alias) else each for each in pair]
        for before, after in zip(inner, harmonise(context, [each.copy() for each in inner]), strict=True):
            if after != before:
                before.replace(after)
    return node


def _group(node: exp.Select, context: Context) -> None:
    group = node.args.get("group")
    if group is None:
        return
    rollup = any(isinstance(each, exp.Rollup) for each in group.args.get("rollup") or [])
    if rollup:
        _rollup(group, context)
    if context.target == "sqlite" or rollup:
        return
    keys = list(group.expressions)
    if any(isinstance(each, exp.Literal) for each in keys) or _has_key(node, keys, context):
        return
    for item in node.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        if (
            inner in keys
            or item.is_star
            or any(isinstance(each, exp.Column) and each.name.lower() == item.alias_or_name.lower() for each in keys)
        ):
            continue
        for column in list(inner.find_all(exp.Column)):
            if column.find_ancestor(exp.AggFunc, exp.Query) is node and not _covered(column, keys, inner):
                _pick(column, context)


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


def _pick(column: exp.Column, context: Context) -> None:
    """What MySQL calls functionally dependent (or takes from any row): one value of the group."""
    parent, key, index = column.parent, column.arg_key, column.index
    value = column.copy()
    picked = pick_any(value) if context.target == "postgres" else exp.AnyValue(this=value)
    if parent is not None and key:
        if isinstance(parent, exp.Select):
            picked = exp.Alias(this=picked, alias=exp.to_identifier(column.name, quoted=True))
        parent.set(key, picked, index)


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


def _rollup(group: exp.Group, context: Context) -> None:
    if context.target == "sqlite":
        raise context.untranslatable("WITH ROLLUP")
    items = group.expressions
    group.set("rollup", [exp.Rollup(expressions=[each.copy() for each in items])])
    group.set("expressions", [])


RULES: dict[type[Any], Callable[[exp.Expr, Context], exp.Expr]] = {
    exp.Select: select,
    exp.Alias: alias,
    exp.Join: join,
    exp.Union: set_operation,
    exp.Except: set_operation,
    exp.Intersect: set_operation,
}
