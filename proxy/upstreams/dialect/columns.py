"""The columns and keys of CREATE TABLE: https://dev.mysql.com/doc/refman/8.4/en/create-table.html"""

from dataclasses import dataclass, field

from sqlglot import exp

from proxy.upstreams.dialect import numbering
from proxy.upstreams.dialect.context import Context
from proxy.upstreams.dialect.errors import incorrect_value
from proxy.upstreams.dialect.literals import ZERO_DATE
from proxy.upstreams.dialect.names import index_name, table_name
from proxy.upstreams.dialect.rewrite import rewrite
from proxy.upstreams.dialect.templates import string
from proxy.upstreams.dialect.types import column_type
from proxy.upstreams.quoting import quoted

_NOW = {
    "postgres": "CURRENT_TIMESTAMP",
    "duckdb": "CAST(NOW() AS TIMESTAMP)",
    "sqlite": "(DATETIME('now', 'localtime'))",
}

_NOW_NAMES = frozenset({"NOW", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})


@dataclass(slots=True)
class Described:
    """``items``: what stands in CREATE TABLE's parentheses; statements before and after it."""

    items: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def describe(schema: exp.Schema, table: exp.Table, properties: list[exp.Expr], context: Context) -> Described:
    """A table's columns and keys."""
    made = Described()
    name = table_name(table, context, new=True)
    start = numbering.first_number(properties, context)
    numbered = numbering.numbered(schema)
    for node in schema.expressions:
        if isinstance(node, exp.ColumnDef):
            made.items.append(column(node, table, context, made, start=start, sole_key=numbered == node.name))
        elif not (isinstance(node, exp.PrimaryKey) and numbered and context.target == "sqlite"):
            constraint(node, table, context, made)
    if numbered:
        made.after += numbering.begin_at(start, table, numbered, context)
    comment = next((each for each in properties if isinstance(each, exp.SchemaCommentProperty)), None)
    if comment is not None and context.target != "sqlite":
        made.after.append(table_comment(name, comment, context))
    return made


def table_comment(name: str, node: exp.SchemaCommentProperty, context: Context) -> str:
    """The table's comment; an empty one takes it away."""
    text = str(node.this.this)
    return f"COMMENT ON TABLE {name} IS {_text(text, context) if text else 'NULL'}"


def _text(text: str, context: Context) -> str:
    return string(text).sql(dialect=context.target)


def column(
    node: exp.ColumnDef,
    table: exp.Table,
    context: Context,
    made: Described,
    *,
    start: int = 1,
    sole_key: bool = False,
) -> str:
    """One column; statements that belong to it go into ``made``."""
    constraints = [each.args["kind"] for each in node.args.get("constraints") or []]
    is_numbered = any(isinstance(each, exp.AutoIncrementColumnConstraint) for each in constraints)
    type_ = node.args["kind"]
    name = quoted(node.name)
    if is_numbered and context.target == "sqlite" and sole_key:
        return f"{name} INTEGER PRIMARY KEY AUTOINCREMENT"
    words = [name, column_type(type_, context, numbered=is_numbered)]
    if is_numbered:
        before, words_of_it = numbering.number(table, context, start)
        made.before += before
        words.append(words_of_it)
    for each in constraints:
        words += _constraint_words(each, node, table, context, made)
    if isinstance(type_.this, exp.DType) and type_.this.name == "ENUM":
        values = ", ".join(_text(str(each.this), context) for each in type_.expressions)
        words.append(f"CHECK ({name} IN ({values}))")
    if node.args.get("position") is not None:
        made.notes.append("FIRST and AFTER have no effect here: a new column is the last one")
    return " ".join(each for each in words if each)


def _constraint_words(
    each: exp.Expr, node: exp.ColumnDef, table: exp.Table, context: Context, made: Described
) -> list[str]:
    if isinstance(each, exp.NotNullColumnConstraint):
        return [] if each.args.get("allow_null") else ["NOT NULL"]
    if isinstance(each, exp.PrimaryKeyColumnConstraint):
        return ["PRIMARY KEY"]
    if isinstance(each, exp.UniqueColumnConstraint):
        return ["UNIQUE"]
    if isinstance(each, exp.DefaultColumnConstraint):
        return [f"DEFAULT {default(each.this, context, node.args['kind'])}"]
    if isinstance(each, exp.CheckColumnConstraint):
        return [f"CHECK ({expression(each.this, context)})"]
    computed = _computed(each)
    if computed is not None:
        kept = "STORED" if context.target == "postgres" or each.args.get("persisted") else "VIRTUAL"
        kept = "VIRTUAL" if context.target == "duckdb" else kept
        return [f"GENERATED ALWAYS AS ({expression(computed, context)}) {kept}"]
    if isinstance(each, exp.CommentColumnConstraint) and context.target != "sqlite":
        whole = f"{table_name(table, context, new=True)}.{quoted(node.name)}"
        made.after.append(f"COMMENT ON COLUMN {whole} IS {_text(str(each.this.this), context)}")
    if isinstance(each, exp.OnUpdateColumnConstraint):
        made.notes.append(f"ON UPDATE CURRENT_TIMESTAMP of {node.name} has no effect on this upstream")
    if isinstance(each, exp.Reference):
        return []  # as in MySQL: it is read and has no effect in a column
    return []


def _computed(node: exp.Expr) -> exp.Expr | None:
    """The expression of a generated column; sqlglot reads it as an identity's when neither kind is said."""
    if isinstance(node, exp.ComputedColumnConstraint | exp.GeneratedAsRowColumnConstraint):
        found = node.this
    elif isinstance(node, exp.GeneratedAsIdentityColumnConstraint):
        found = node.args.get("expression")
    else:
        return None
    return found.unnest() if isinstance(found, exp.Expr) else None


def expression(node: exp.Expr, context: Context) -> str:
    """An expression over the table's own columns."""
    root = exp.Paren(this=node.copy())
    for each in root.find_all(exp.Column):
        each.this.set("quoted", True)
    context.resolver.bare(root)
    inner: exp.Expr = rewrite(root, context, exp.Paren).this
    return inner.sql(dialect=context.target, comments=False)


def default(node: exp.Expr, context: Context, type_: exp.DataType) -> str:
    """What follows DEFAULT. Raises 1067 for the zero date."""
    if isinstance(node, exp.CurrentTimestamp) or (isinstance(node, exp.Anonymous) and node.name.upper() in _NOW_NAMES):
        return _NOW[context.target]
    if isinstance(node, exp.Literal) and node.is_string and ZERO_DATE.match(str(node.this)):
        raise incorrect_value("datetime", str(node.this))
    if isinstance(node, exp.Boolean):
        return "1" if node.this else "0"
    if isinstance(node, exp.BitString):
        return str(int(str(node.this), 2))
    if isinstance(node, exp.Literal | exp.Null | exp.Neg):
        return node.sql(dialect=context.target)
    return f"({expression(node, context)})"


def constraint(node: exp.Expr, table: exp.Table, context: Context, made: Described) -> None:
    """A key or check of the table."""
    name = ""
    if isinstance(node, exp.Constraint):
        name, node = node.name, node.expressions[0]
    if isinstance(node, exp.PrimaryKey):
        made.items.append(f"PRIMARY KEY ({_names(node.expressions)})")
    elif isinstance(node, exp.UniqueColumnConstraint):
        _unique(node, name, table, context, made)
    elif isinstance(node, exp.IndexColumnConstraint):
        _index(node, table, context, made)
    elif isinstance(node, exp.ForeignKey):
        if context.target == "duckdb" and _leaves_schema(node, table, context):
            made.notes.append("a foreign key to another database has no effect on this upstream")
        else:
            made.items.append(f"{_named(name)}{foreign_key(node, table, context, made)}")
    elif isinstance(node, exp.CheckColumnConstraint):
        made.items.append(f"{_named(name)}CHECK ({expression(node.this, context)})")
    else:
        raise context.untranslatable(f"{node.sql(dialect='mysql')[:40]} in CREATE TABLE")


def _named(name: str) -> str:
    return f"CONSTRAINT {quoted(name)} " if name else ""


def _names(nodes: list[exp.Expr]) -> str:
    return ", ".join(quoted(each.this.name if isinstance(each, exp.Ordered) else each.name) for each in nodes)


def _unique(node: exp.UniqueColumnConstraint, name: str, table: exp.Table, context: Context, made: Described) -> None:
    """An index, so that DROP INDEX finds it; DuckDB's ON CONFLICT wants a constraint."""
    inner = node.this
    parts = inner.expressions if isinstance(inner, exp.Schema) else [inner]
    name = (inner.this.name if isinstance(inner, exp.Schema) and inner.this is not None else "") or name
    if context.target == "duckdb":
        made.items.append(f"UNIQUE ({_names(parts)})")
        return
    whole = index_name(table.name, name or "_".join(each.name for each in parts))
    items = ", ".join(key_part(each, context) for each in parts)
    made.after.append(f"CREATE UNIQUE INDEX {whole} ON {table_name(table, context, new=True)} ({items})")


def _index(node: exp.IndexColumnConstraint, table: exp.Table, context: Context, made: Described) -> None:
    kind = str(node.args.get("kind") or "").upper()
    if kind in ("FULLTEXT", "SPATIAL"):
        made.notes.append(f"{kind} keys have no effect on this upstream")
        return
    parts = node.expressions
    name = node.name or "_".join(each.find(exp.Identifier).name for each in parts)
    items = ", ".join(key_part(each, context) for each in parts)
    whole = index_name(table.name, name)
    made.after.append(f"CREATE INDEX {whole} ON {table_name(table, context, new=True)} ({items})")


def key_part(node: exp.Expr, context: Context) -> str:
    """``a``, ``a(10)`` (the whole column here), ``a DESC``, ``(a + 1)``."""
    descending = " DESC" if isinstance(node, exp.Ordered) and node.args.get("desc") else ""
    inner = node.this if isinstance(node, exp.Ordered) else node
    if isinstance(inner, exp.Paren):
        return f"({expression(inner.this, context)}){descending}"
    name = str(inner.this) if isinstance(inner, exp.Func) and not isinstance(inner.this, exp.Expr) else inner.name
    return quoted(name) + descending


def _leaves_schema(node: exp.ForeignKey, table: exp.Table, context: Context) -> bool:
    """Whether the other table is in another database: DuckDB's foreign keys stay in their schema."""
    other = _referenced(node)
    own, named = table.text("db"), other.text("db")
    if own or not named:
        return bool(named) and own.casefold() != named.casefold()
    here = context.schema.table(other.name, None)
    return here is None or (here.schema or "").casefold() != named.casefold()


def _referenced(node: exp.ForeignKey) -> exp.Expr:
    target: exp.Expr = node.args["reference"].this
    return target.this if isinstance(target, exp.Schema) else target


def foreign_key(node: exp.ForeignKey, table: exp.Table, context: Context, made: Described) -> str:
    """FOREIGN KEY (…) REFERENCES … and its actions, which DuckDB has not. A plain name is of the table's own schema."""
    reference = node.args["reference"]
    target = reference.this
    other = _referenced(node)
    if table.text("db") and not other.text("db"):
        other = other.copy()
        other.set("db", table.args["db"].copy())
    names = f" ({_names(target.expressions)})" if isinstance(target, exp.Schema) else ""
    text = f"FOREIGN KEY ({_names(node.expressions)}) REFERENCES {table_name(other, context)}{names}"
    actions = [str(each) for each in reference.args.get("options") or []]
    actions += [f"ON {key.upper()} {node.args[key]}" for key in ("delete", "update") if node.args.get(key)]
    kept = [each for each in actions if context.target != "duckdb" or each.endswith(("NO ACTION", "RESTRICT"))]
    if len(kept) != len(actions):
        made.notes.append("ON DELETE and ON UPDATE of foreign keys have no effect on this upstream")
    return " ".join([text, *kept])
