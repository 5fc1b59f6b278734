"""Rules for SELECT's clauses."""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from plugins.upstream import UpstreamError
from proxy.upstreams.dialect.comparisons import harmonise
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.grouping import roll_up
from proxy.upstreams.dialect.kinds import BOOL, INT, kind_of


def name_columns(tree: exp.Expr, labels: list[str | None]) -> None:
    """Give the columns of the outermost query the names that MySQL gives them: the text of the expression."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.left if isinstance(select, exp.SetOperation) else select.this
    if not isinstance(select, exp.Select) or len(select.expressions) != len(labels):
        return
    for item, label in zip(select.expressions, labels, strict=True):
        if label is None or isinstance(item, exp.Alias | exp.Star) or item.is_star:
            continue
        if not (isinstance(item, exp.Column) and item.name == label):
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
        name = node.args.get("alias") if isinstance(node, exp.Alias) else node.this
        for each in (name, *(node.args.get("columns") or ())):
            if isinstance(each, exp.Identifier):
                each.set("quoted", True)
                spelled[each.name.lower()] = each.name
    for column in tree.find_all(exp.Column):
        _spell(column.this, spelled)
        _spell(column.args.get("table"), spelled)
    for table in tree.find_all(exp.Table):
        if not table.db:
            _spell(table.this, spelled)


def _spell(identifier: object, spelled: dict[str, str]) -> None:
    name = spelled.get(identifier.name.lower()) if isinstance(identifier, exp.Identifier) else None
    if isinstance(identifier, exp.Identifier) and not identifier.quoted and name:
        identifier.set("this", name)
        identifier.set("quoted", True)


def leave_no_strings(tree: exp.Expr) -> None:
    """SQLite takes a quoted name that it does not know for a string: names that nobody found stay unquoted.

    Raises 1054 for one that cannot be written so.
    """
    for column in tree.find_all(exp.Column):
        if (
            column.table
            or "typed" in column.meta
            or not isinstance(column.this, exp.Identifier)
            or not column.this.quoted
        ):
            continue
        if isinstance(column.parent, exp.Ordered):
            continue
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", column.name):
            raise UpstreamError(1054, "42S22", f"Unknown column '{column.name}' in 'field list'")
        column.this.set("quoted", False)


def table(node: exp.Expr, context: Context) -> exp.Expr:
    """A name; MySQL has no table functions but JSON_TABLE, and the upstreams' own reach for files."""
    if isinstance(node.this, exp.Func):
        raise context.untranslatable(node.this.sql(dialect="mysql").partition("(")[0])
    return node


def values(node: exp.Expr, context: Context) -> exp.Expr:
    """``VALUES ROW(1, 2)`` is VALUES (1, 2)."""
    for row in node.expressions:
        if isinstance(row, exp.Tuple) and len(row.expressions) == 1 and isinstance(row.expressions[0], exp.Tuple):
            row.set("expressions", row.expressions[0].expressions)
    return node


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
    roll_up(node, context)
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


def _without_parentheses(node: exp.Expr, key: str) -> None:
    """SQLite has none around a branch of UNION: what has an ORDER BY or LIMIT becomes a table."""
    branch = node.args[key]
    if isinstance(branch, exp.Subquery):
        branch.set("alias", exp.TableAlias(this=exp.to_identifier(f"askwire_{key}", quoted=True)))
        node.set(key, exp.Select(expressions=[exp.Star()], from_=exp.From(this=branch)))


def set_operation(node: exp.Expr, context: Context) -> exp.Expr:
    """Branches of one type in each column."""
    assert isinstance(node, exp.SetOperation)
    if context.target == "sqlite":
        for key in ("this", "expression"):
            _without_parentheses(node, key)
    if isinstance(node.parent, exp.SetOperation):
        return node
    lists = [each.selects for each in _branches(node)]
    if len({len(each) for each in lists}) != 1 or any(item.is_star for each in lists for item in each):
        return node
    for column in zip(*lists, strict=True):
        inner = [each.this if isinstance(each, exp.Alias) else each for each in column]
        for before, after in zip(inner, harmonise(context, [each.copy() for each in inner]), strict=True):
            if after != before:
                before.replace(after)
    return node


def _branches(node: exp.Expr) -> list[exp.Select]:
    while isinstance(node, exp.Subquery):
        node = node.this
    if isinstance(node, exp.SetOperation):
        return [*_branches(node.left), *_branches(node.right)]
    return [node] if isinstance(node, exp.Select) else []


def common_table(node: exp.Expr, context: Context) -> exp.Expr:
    """PostgreSQL wants the types of a recursive table's first part to be those of the whole: 64 bits."""
    holder = node.parent
    if context.target != "postgres" or not isinstance(holder, exp.With) or not holder.args.get("recursive"):
        return node
    first = node.this.left if isinstance(node.this, exp.SetOperation) else None
    for item in first.expressions if isinstance(first, exp.Select) else ():
        inner = item.this if isinstance(item, exp.Alias) else item
        if kind_of(inner) is INT:
            inner.replace(context.sql("CAST(_1 AS BIGINT)", inner.copy(), kind=INT))
    return node


def order(node: exp.Expr, context: Context) -> exp.Expr:
    """ORDER BY NULL, or another constant, has no effect in MySQL and is an error elsewhere."""
    for each in node.expressions:
        if context.target == "postgres" and _is_never_null(each.this, node.parent):
            # MySQL's order of NULLs, written out, would keep PostgreSQL from reading an index in order.
            each.set("nulls_first", bool(each.args.get("desc")))
    kept = [each for each in node.expressions if not _is_constant(each.this)]
    if not kept and isinstance(node.parent, exp.Query):
        node.parent.set("order", None)
    elif kept:
        node.set("expressions", kept)
    return node


def _is_never_null(node: exp.Expr, query: exp.Expr | None) -> bool:
    """A column that is NOT NULL, where neither an outer join nor ROLLUP fills it with NULL nor an alias hides it."""
    if not isinstance(node, exp.Column) or not node.meta.get("required") or not isinstance(query, exp.Select):
        return False
    if any(join.side for join in query.find_all(exp.Join)):
        return False
    group = query.args.get("group")
    if group is not None and any(group.args.get(part) for part in ("rollup", "cube", "grouping_sets")):
        return False
    hidden = (each for each in query.expressions if isinstance(each, exp.Alias))
    return bool(node.table) or all(each.alias.lower() != node.name.lower() for each in hidden)


def _is_constant(node: exp.Expr) -> bool:
    return isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and bool(node.args.get("is_string")))


RULES: dict[type[Any], Callable[[exp.Expr, Context], exp.Expr]] = {
    exp.Select: select,
    exp.Order: order,
    exp.Values: values,
    exp.Table: table,
    exp.CTE: common_table,
    exp.Alias: alias,
    exp.Join: join,
    exp.Union: set_operation,
    exp.Except: set_operation,
    exp.Intersect: set_operation,
}
