"""INSERT and REPLACE: https://dev.mysql.com/doc/refman/8.4/en/insert.html"""

from sqlglot import exp

from proxy.upstreams.dialect.assign import assign, hold_assignments, is_default
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.rewrite import rewrite
from proxy.upstreams.dialect.schema import Column, Table


def insert(tree: exp.Insert, context: Context) -> list[exp.Expr]:
    """One INSERT, or for REPLACE what takes its place."""
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    _apply_alias(tree)
    if tree.args.get("conflict"):
        hold_assignments(tree.args["conflict"])
    table = context.schema.table(target.name, target.db or None)
    context.resolver.statement(tree)
    tree = rewrite(tree, context, exp.Insert)
    columns = _columns(tree, table)
    source = tree.expression
    if isinstance(source, exp.Values):
        _values(context, tree, source, columns)
    elif isinstance(source, exp.Select):
        _selected(context, source, columns)
    tree.set("ignore", None)
    if context.facts.get("replace"):
        _replace(context, tree, table, columns)
    elif tree.args.get("conflict"):
        _on_duplicate(context, tree, table, columns)
    elif context.facts.get("ignore"):
        tree.set("conflict", exp.OnConflict(action=exp.Var(this="DO NOTHING")))
    return [tree]


def _apply_alias(tree: exp.Insert) -> None:
    """``VALUES (…) AS new(x, y) ON DUPLICATE KEY UPDATE a = new.x``: as if it said VALUES(a)."""
    source = tree.expression
    alias = source.args.get("alias") if source is not None else None
    conflict = tree.args.get("conflict")
    if not isinstance(alias, exp.TableAlias) or not isinstance(source, exp.Values):
        return
    source.set("alias", None)
    given = [each.name for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    renamed = {each.name.lower(): name for each, name in zip(alias.columns, given, strict=False)}
    for column in list(conflict.find_all(exp.Column)) if conflict is not None else ():
        name = column.name
        if column.table.lower() == alias.name.lower() or (not column.table and name.lower() in renamed):
            original = renamed.get(name.lower(), name)
            column.replace(exp.Anonymous(this="VALUES", expressions=[exp.to_identifier(original)]))


def _columns(tree: exp.Insert, table: Table | None) -> list[Column | None]:
    """The columns that are given, in order; None where it is not known."""
    if isinstance(tree.this, exp.Schema) and tree.this.expressions:
        known = {each.name.lower(): each for each in table.columns} if table else {}
        for each in tree.this.expressions:
            found = known.get(each.name.lower())
            if found:
                each.replace(exp.to_identifier(found.name, quoted=True))
        return [known.get(each.name.lower()) for each in tree.this.expressions]
    return list(table.columns) if table else []


def _values(context: Context, tree: exp.Insert, source: exp.Values, columns: list[Column | None]) -> None:
    rows = source.expressions
    if all(not row.expressions for row in rows) and isinstance(tree.this, exp.Schema) and not tree.this.expressions:
        if len(rows) > 1:
            raise context.untranslatable("INSERT of several empty rows")
        tree.set("this", tree.this.this)
        tree.set("expression", None)
        tree.set("default", True)
        return
    for row in rows:
        pairs = zip(row.expressions, columns, strict=False)
        given = [assign(context, value, column) if column else value for value, column in pairs]
        row.set("expressions", given + row.expressions[len(given) :])
    if context.target == "sqlite":
        _name_columns(tree, columns)
        _drop_defaults(context, tree, rows)


def _name_columns(tree: exp.Insert, columns: list[Column | None]) -> None:
    names = [exp.to_identifier(each.name, quoted=True) for each in columns if each]
    if not isinstance(tree.this, exp.Schema) and names and len(names) == len(columns):
        tree.set("this", exp.Schema(this=tree.this, expressions=names))


def _drop_defaults(context: Context, tree: exp.Insert, rows: list[exp.Expr]) -> None:
    """SQLite has no DEFAULT among values: a column that is DEFAULT in every row is left out."""
    width = len(rows[0].expressions)
    for i in range(width - 1, -1, -1):
        marks = [is_default(row.expressions[i]) for row in rows if i < len(row.expressions)]
        if not any(marks):
            continue
        if not all(marks) or not isinstance(tree.this, exp.Schema) or not tree.this.expressions:
            raise context.untranslatable("DEFAULT among values")
        for node in (*rows, tree.this):
            node.set("expressions", [each for n, each in enumerate(node.expressions) if n != i])


def _selected(context: Context, source: exp.Select, columns: list[Column | None]) -> None:
    if any(each.is_star for each in source.expressions):
        return
    for item, column in list(zip(source.expressions, columns, strict=False)):
        inner = item.this if isinstance(item, exp.Alias) else item
        if column and not (column.generated and isinstance(inner, exp.Null)):
            value = assign(context, inner.copy(), column)
            if value != inner:
                inner.replace(value)


def _conflict_key(context: Context, table: Table | None, columns: list[Column | None]) -> tuple[str, ...] | None:
    """The unique key that decides; None when the table has none that these columns could violate."""
    if table is None:
        raise context.untranslatable("ON DUPLICATE KEY UPDATE or REPLACE on an unknown table")
    given = {each.name for each in columns if each}
    keys = [key for key in table.unique if set(key) <= given]
    if len(set(map(frozenset, keys))) > 1:
        names = ", ".join(f"({', '.join(key)})" for key in keys)
        raise context.untranslatable(f"ON DUPLICATE KEY UPDATE or REPLACE with several unique keys: {names}")
    return keys[0] if keys else None


def _on_duplicate(context: Context, tree: exp.Insert, table: Table | None, columns: list[Column | None]) -> None:
    conflict = tree.args["conflict"]
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    key = _conflict_key(context, table, columns)
    if key is None or table is None:
        tree.set("conflict", None)
        return
    known = {each.name.lower(): each for each in table.columns}
    assignments = []
    for each in conflict.expressions:
        left, right = each.expressions
        column = known.get(left.name.lower())
        name = column.name if column else left.name
        value = _excluded(right, target, known)
        value = assign(context, value, column) if column else value
        assignments.append(exp.EQ(this=exp.column(exp.to_identifier(name, quoted=True)), expression=value))
    if context.target == "sqlite" and isinstance(tree.expression, exp.Select) and not tree.expression.args.get("where"):
        tree.expression.set("where", exp.Where(this=exp.true()))  # else SQLite reads ON as a join's
    tree.set("conflict", _conflict(key, assignments))


def _conflict(key: tuple[str, ...], assignments: list[exp.EQ]) -> exp.OnConflict:
    return exp.OnConflict(
        conflict_keys=[exp.to_identifier(each, quoted=True) for each in key],
        action=exp.Var(this="DO UPDATE" if assignments else "DO NOTHING"),
        expressions=assignments,
    )


def _excluded(node: exp.Expr, target: exp.Expr, known: dict[str, Column]) -> exp.Expr:
    """VALUES(a) is the row that was refused; a bare column is the one that is there."""
    holder = exp.Paren(this=node.copy())
    for each in list(holder.find_all(exp.Anonymous, exp.Column)):
        if isinstance(each, exp.Anonymous) and str(each.this).upper() == "VALUES" and each.expressions:
            found = known.get(each.expressions[0].name.lower())
            name = found.name if found else each.expressions[0].name
            each.replace(_marked(exp.column(exp.to_identifier(name, quoted=True), table="excluded"), each))
        elif isinstance(each, exp.Column) and not each.table and each.find_ancestor(exp.Query) is None:
            found = known.get(each.name.lower())
            if found:
                column = exp.column(exp.to_identifier(found.name, quoted=True), table=target.this.copy())
                each.replace(_marked(column, each))
    inner: exp.Expr = holder.this
    inner.meta.update(node.meta)
    return inner


def _marked(new: exp.Expr, old: exp.Expr) -> exp.Expr:
    new.meta.update(old.meta)
    return new


def _replace(context: Context, tree: exp.Insert, table: Table | None, columns: list[Column | None]) -> None:
    """The whole row is replaced: what is not given takes its default, which ``excluded`` holds."""
    if context.target == "sqlite":
        tree.set("alternative", "REPLACE")
        return
    key = _conflict_key(context, table, columns)
    if key is None or table is None:
        return
    assignments = [
        exp.EQ(this=exp.column(name), expression=exp.column(name.copy(), table="excluded"))
        for each in table.columns
        if each.name not in key and not each.generated
        for name in [exp.to_identifier(each.name, quoted=True)]
    ]
    tree.set("conflict", _conflict(key, assignments))
