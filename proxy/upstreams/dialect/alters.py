"""ALTER TABLE: https://dev.mysql.com/doc/refman/8.4/en/alter-table.html"""

from sqlglot import exp

from proxy.upstreams.dialect import columns
from proxy.upstreams.dialect.columns import Described
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.names import index_name, known_index_name, table_name
from proxy.upstreams.dialect.types import column_type
from proxy.upstreams.quoting import quoted


def alter(tree: exp.Alter, context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """One statement for each action, in order."""
    if str(tree.args.get("kind")).upper() != "TABLE":
        raise context.untranslatable(f"ALTER {tree.args.get('kind')}")
    context.resolver.find_table(tree.this)  # its name in the schema's case, for those made from it too
    made = Described()
    head = f"ALTER TABLE {table_name(tree.this, context)}"
    for action in tree.args.get("actions") or []:
        made.before.clear()
        made.after.clear()
        made.items += _action(action, tree.this, head, context, made)
    for option in tree.args.get("options") or []:
        if isinstance(option, exp.SchemaCommentProperty) and context.target != "sqlite":
            made.items.append(columns.table_comment(head.removeprefix("ALTER TABLE "), option, context))
        if isinstance(option, exp.AutoIncrementProperty):
            made.notes.append("AUTO_INCREMENT of a table that is there has no effect on this upstream")
    return tuple(made.items), tuple(made.notes)


def _action(action: exp.Expr, table: exp.Table, head: str, context: Context, made: Described) -> list[str]:
    if isinstance(action, exp.ColumnDef):
        text = columns.column(action, table, context, made)
        if context.target == "duckdb" and " NOT NULL" in text:  # it adds no column with a constraint
            required = f"{head} ALTER COLUMN {quoted(action.name)} SET NOT NULL"
            text = text.replace(" NOT NULL", "", 1)
            return [*made.before, f"{head} ADD COLUMN {text}", required, *made.after]
        return [*made.before, f"{head} ADD COLUMN {text}", *made.after]
    if isinstance(action, exp.AddConstraint):
        return [sql for each in action.expressions for sql in _add(each, table, head, context, made)]
    if isinstance(action, exp.Drop):
        return [_drop(action, table, head, context)]
    if isinstance(action, exp.DropPrimaryKey):
        return [
            _refuse_but_postgres(context, "DROP PRIMARY KEY", f"{head} DROP CONSTRAINT {quoted(f'{table.name}_pkey')}")
        ]
    if isinstance(action, exp.ModifyColumn):
        return _modify(action, table, head, context, made)
    if isinstance(action, exp.AlterRename):
        return [f"{head} RENAME TO {quoted(action.this.name)}"]
    if isinstance(action, exp.RenameColumn):
        return [f"{head} RENAME COLUMN {quoted(action.this.name)} TO {quoted(action.args['to'].name)}"]
    if isinstance(action, exp.AlterColumn) and context.target != "sqlite":
        return [_alter_column(action, head, context)]
    raise context.untranslatable(f"ALTER TABLE … {action.sql(dialect='mysql')[:40]}")


def _refuse_but_postgres(context: Context, construct: str, sql: str) -> str:
    if context.target != "postgres":
        raise context.untranslatable(construct)
    return sql


def _add(node: exp.Expr, table: exp.Table, head: str, context: Context, made: Described) -> list[str]:
    described = Described(notes=made.notes)
    if context.target == "duckdb":
        inner = node.expressions[0] if isinstance(node, exp.Constraint) else node
        if isinstance(inner, exp.UniqueColumnConstraint):
            described.after.append(_unique_index(inner, node, table, context))
            return described.after
    columns.constraint(node, table, context, described)
    if described.items and context.target == "sqlite":
        raise context.untranslatable("ALTER TABLE … ADD of a constraint")
    return [*(f"{head} ADD {each}" for each in described.items), *described.after]


def _unique_index(inner: exp.Expr, node: exp.Expr, table: exp.Table, context: Context) -> str:
    schema = inner.this
    parts = schema.expressions if isinstance(schema, exp.Schema) else [schema]
    name = (schema.this.name if isinstance(schema, exp.Schema) and schema.this is not None else "") or node.name
    whole = index_name(table.name, name or "_".join(each.name for each in parts))
    items = ", ".join(columns.key_part(each, context) for each in parts)
    return f"CREATE UNIQUE INDEX {whole} ON {table_name(table, context)} ({items})"


def _drop(action: exp.Drop, table: exp.Table, head: str, context: Context) -> str:
    kind = str(action.args.get("kind") or "").upper()
    nodes = action.args.get("tables") or [action.this]
    name = nodes[0].name
    if kind in ("COLUMN", ""):
        return f"{head} DROP COLUMN {quoted(name)}"
    if kind in ("INDEX", "KEY"):
        return drop_index(name, table, context)
    if kind in ("FOREIGN KEY", "CONSTRAINT", "CHECK"):
        return _refuse_but_postgres(context, f"DROP {kind}", f"{head} DROP CONSTRAINT {quoted(name)}")
    raise context.untranslatable(f"ALTER TABLE … DROP {kind}")


def drop_index(name: str, table: exp.Expr, context: Context) -> str:
    """DROP INDEX name ON table."""
    schema = f"{quoted(table.text('db'))}." if table.text("db") else ""
    return f"DROP INDEX {schema}{known_index_name(table, name, context)}"


def _modify(action: exp.ModifyColumn, table: exp.Table, head: str, context: Context, made: Described) -> list[str]:
    """MODIFY and CHANGE give the whole column anew."""
    if context.target == "sqlite":
        raise context.untranslatable("ALTER TABLE … MODIFY")
    node, old = action.this, action.args.get("rename_from")
    name = quoted(node.name)
    out = [f"{head} RENAME COLUMN {quoted(old.name)} TO {name}"] if old is not None and old.name != node.name else []
    type_ = column_type(node.args["kind"], context)
    using = f" USING CAST({name} AS {type_})" if context.target == "postgres" else ""
    kinds = [each.args["kind"] for each in node.args.get("constraints") or []]
    if any(isinstance(each, exp.AutoIncrementColumnConstraint) for each in kinds):
        raise context.untranslatable("ALTER TABLE … MODIFY … AUTO_INCREMENT")
    required = any(isinstance(each, exp.NotNullColumnConstraint) and not each.args.get("allow_null") for each in kinds)
    default = next((each for each in kinds if isinstance(each, exp.DefaultColumnConstraint)), None)
    change = f"{head} ALTER COLUMN {name}"
    out += [
        f"{change} DROP DEFAULT",
        f"{change} TYPE {type_}{using}",
        f"{change} {'SET' if required else 'DROP'} NOT NULL",
    ]
    if default is not None:
        out.append(f"{change} SET DEFAULT {columns.default(default.this, context, node.args['kind'])}")
    if node.args.get("position") is not None:
        made.notes.append("FIRST and AFTER have no effect here")
    return out


def _alter_column(action: exp.AlterColumn, head: str, context: Context) -> str:
    change = f"{head} ALTER COLUMN {quoted(action.name)}"
    if action.args.get("default") is not None:
        return f"{change} SET DEFAULT {action.args['default'].sql(dialect=context.target)}"
    if action.args.get("drop"):
        return f"{change} DROP DEFAULT"
    raise context.untranslatable("ALTER TABLE … ALTER COLUMN")
