"""CREATE, DROP, TRUNCATE, RENAME: https://dev.mysql.com/doc/refman/8.4/en/sql-data-definition-statements.html

A database of MySQL's is a schema here. An index's name is unique in a schema, not in a table, so it gets the table's
name before it.
"""

import re

from sqlglot import exp

from proxy.upstreams.dialect import alters, columns, lexer, numbering
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.names import index_name, table_name
from proxy.upstreams.dialect.rewrite import rewrite
from proxy.upstreams.quoting import quoted

Definition = tuple[tuple[str, ...], tuple[str, ...]]  # the statements, notes


def define(tree: exp.Expr, context: Context) -> Definition | None:
    """None where it is no statement of this module's."""
    if isinstance(tree, exp.Create):
        return _create(tree, context)
    if isinstance(tree, exp.Drop):
        return _drop(tree, context), ()
    if isinstance(tree, exp.TruncateTable):
        return tuple(sql for each in tree.expressions for sql in numbering.truncate(each, context)), ()
    if isinstance(tree, exp.Alter):
        return alters.alter(tree, context)
    if isinstance(tree, exp.Command):
        return _command(tree, context)
    if isinstance(tree, exp.Analyze):
        names = [table_name(each, context) for each in tree.args.get("tables") or []]
        return tuple(f"ANALYZE {each}" for each in names), ()
    return None


def _rest(tree: exp.Command) -> str:
    rest = tree.args.get("expression")
    return rest.name if isinstance(rest, exp.Expr) else str(rest or "")


def _command(tree: exp.Command, context: Context) -> Definition | None:
    """LOCK TABLES takes no lock: a dump that is being loaded goes on, and whoever relies on it is told."""
    text = f"{tree.this} {_rest(tree)}".upper().strip()
    if re.match(r"LOCK\s+TABLE", text):
        return (), ("LOCK TABLES takes no locks on this upstream; use a transaction",)
    if re.match(r"RENAME\s+TABLE", text):
        return _rename(str(context.facts["sql"]), context), ()
    if re.match(r"UNLOCK\s+TABLE", text):
        return (), ()
    if re.fullmatch(r"ALTER\s+TABLE\s+\S+\s+(DIS|EN)ABLE\s+KEYS\s*", text):
        return (), ()
    return None


def _rename(sql: str, context: Context) -> tuple[str, ...]:
    """RENAME TABLE a TO b, c TO d."""
    lexemes = lexer.read(sql)[2:]
    pairs, item = [], [lexemes[0]]
    for lexeme in [*lexemes[1:], None]:
        if lexeme is not None and lexeme.text != ",":
            item.append(lexeme)
            continue
        if len(item) != 3 or item[1].upper != "TO" or {item[0].kind, item[2].kind} - {"word", "name"}:
            raise context.untranslatable("RENAME TABLE of this form")
        pairs.append((item[0].text, item[2].text))
        item = []
    old_names = [table_name(exp.Table(this=exp.to_identifier(old)), context) for old, _ in pairs]
    return tuple(f"ALTER TABLE {old} RENAME TO {quoted(new)}" for old, (_, new) in zip(old_names, pairs, strict=True))


def _create(tree: exp.Create, context: Context) -> Definition | None:
    kind = str(tree.args.get("kind") or "").upper()
    if kind == "TABLE":
        return _create_table(tree, context)
    if kind == "VIEW":
        return (_create_view(tree, context),), ()
    if kind in ("DATABASE", "SCHEMA"):
        _needs_schemas(context)
        exists = "IF NOT EXISTS " if tree.args.get("exists") else ""
        return (f"CREATE SCHEMA {exists}{quoted(_schema_name(tree.this))}",), ()
    if kind == "INDEX":
        return (_create_index(tree, context),), ()
    return None


def _schema_name(node: exp.Expr) -> str:
    return node.name or node.text("db")


def _needs_schemas(context: Context) -> None:
    if context.target == "sqlite":
        raise context.untranslatable("CREATE or DROP DATABASE")


def _properties(tree: exp.Expr) -> list[exp.Expr]:
    found = tree.args.get("properties")
    return list(found.expressions) if isinstance(found, exp.Properties) else []


def _create_table(tree: exp.Create, context: Context) -> Definition:
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    table: exp.Table = schema.this if schema else tree.this
    properties = _properties(tree)
    if any(isinstance(each, exp.PartitionedByProperty) for each in properties):
        raise context.untranslatable("PARTITION BY")
    temporary = any(isinstance(each, exp.TemporaryProperty) for each in properties)
    if (
        tree.args.get("exists") and not temporary and _is_there(table, context)
    ):  # with its keys, which have no such word
        return (), (f"Table '{table.name}' already exists",)
    if tree.args.get("replace"):
        return _replace(tree, table, temporary, context)
    exists = "IF NOT EXISTS " if tree.args.get("exists") else ""
    name = table_name(table, context, new=True)
    head = f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {exists}{name}"
    like = next((each for each in properties if isinstance(each, exp.LikeProperty)), None)
    if like is not None:
        return _like(head, table_name(like.this, context), context)
    if tree.expression is not None:
        if schema and schema.expressions:
            raise context.untranslatable("CREATE TABLE with columns AS SELECT")
        return (f"{head} AS {_query(tree.expression, context)}",), ()
    if schema is None:
        raise context.untranslatable("CREATE TABLE of this form")
    made = columns.describe(schema, table, properties, context)
    return (*made.before, f"{head} ({', '.join(made.items)})", *made.after), tuple(made.notes)


def _is_there(table: exp.Table, context: Context) -> bool:
    found = context.schema.table(table.name, table.text("db") or None)
    return found is not None and (found.name == table.name or context.target != "postgres")


def _replace(tree: exp.Create, table: exp.Table, temporary: bool, context: Context) -> Definition:
    """MariaDB's: https://mariadb.com/kb/en/create-table/#create-or-replace"""
    if temporary:  # there is no DROP that would leave the table behind it alone
        raise context.untranslatable("CREATE OR REPLACE TEMPORARY TABLE")
    tree.set("replace", False)
    statements, notes = _create_table(tree, context)
    return (f"DROP TABLE IF EXISTS {table_name(table, context)}", *statements), notes


def _like(head: str, name: str, context: Context) -> Definition:
    if context.target == "postgres":
        return (f"{head} (LIKE {name} INCLUDING ALL)",), ()
    note = "CREATE TABLE LIKE takes over the columns, not the keys"
    return (f"{head} AS SELECT * FROM {name} LIMIT 0",), (note,)


def _query(tree: exp.Expr, context: Context) -> str:
    if not isinstance(tree, exp.Query):
        raise context.untranslatable("AS something that is no query")
    context.resolver.statement(tree)
    return rewrite(tree, context, exp.Query).sql(dialect=context.target, comments=False)


def _create_view(tree: exp.Create, context: Context) -> str:
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    table = schema.this if schema else tree.this
    names = f" ({', '.join(quoted(each.name) for each in schema.expressions)})" if schema else ""
    replace = "OR REPLACE " if tree.args.get("replace") else ""
    if replace and context.target == "sqlite":
        raise context.untranslatable("CREATE OR REPLACE VIEW")
    return f"CREATE {replace}VIEW {table_name(table, context, new=True)}{names} AS {_query(tree.expression, context)}"


def _create_index(tree: exp.Create, context: Context) -> str:
    index = tree.this
    table = index.args["table"]
    parts = index.args["params"].args["columns"]
    unique = "UNIQUE " if tree.args.get("unique") else ""
    name = index_name(table.name, index.name)
    items = ", ".join(columns.key_part(each, context) for each in parts)
    return f"CREATE {unique}INDEX {name} ON {table_name(table, context)} ({items})"


def _indexed(tree: exp.Drop) -> exp.Expr:
    """DROP INDEX … ON this."""
    on = tree.args.get("cluster")
    table: exp.Expr = on.this if isinstance(on, exp.OnProperty) else exp.Table(this=exp.to_identifier(""))
    return table


def _drop(tree: exp.Drop, context: Context) -> tuple[str, ...]:
    kind = str(tree.args.get("kind") or "").upper()
    exists = "IF EXISTS " if tree.args.get("exists") else ""
    nodes = tree.args.get("tables") or []
    if kind in ("DATABASE", "SCHEMA"):
        _needs_schemas(context)
        return tuple(f"DROP SCHEMA {exists}{quoted(_schema_name(each))} CASCADE" for each in nodes)
    if kind == "INDEX":
        return (alters.drop_index(nodes[0].name, _indexed(tree), context),)
    if kind in ("TABLE", "VIEW"):
        names = [table_name(each, context) for each in nodes]
        return tuple(f"DROP {kind} {exists}{name}" for name in names)
    raise context.untranslatable(f"DROP {kind}")
