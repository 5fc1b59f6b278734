"""A query over INFORMATION_SCHEMA in MySQL's words, for the DuckDB database that holds its tables."""

from sqlglot import exp

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.functions import check_functions
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.system_tables import (
    INFORMATION_SCHEMA,
    PERFORMANCE_SCHEMA,
    PERFORMANCE_TABLES,
    SYSTEM_SCHEMAS,
    system_tables,
)

STORE = "system_tables"  # the schema in DuckDB; its own information_schema is out of reach


def system_tables_in(tree: exp.Expr, view: SessionView) -> list[exp.Table]:
    """The tables of system schemas that the statement reads; none: it is about the client's data.

    Raises 1235 when it reads both.
    """
    mine: list[exp.Table] = []
    theirs: list[exp.Table] = []
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            theirs.append(table)  # a function, which only the upstream may run
            continue
        if not table.db and table.name.lower() in ctes | {"dual"}:
            continue
        schema = (table.db or view.database or "").lower()
        (mine if schema in SYSTEM_SCHEMAS else theirs).append(table)
    if mine and theirs:
        names = f"{mine[0].db or view.database}.{mine[0].name} together with {_spelled(theirs[0], view)}"
        raise errors.not_supported(names)
    return mine


def _spelled(table: exp.Table, view: SessionView) -> str:
    if not isinstance(table.this, exp.Identifier):
        return str(table.sql(dialect="mysql"))
    schema = table.db or view.database
    return f"{schema}.{table.name}" if schema else table.name


def known_table(table: exp.Table, view: SessionView) -> str:
    """The table's name in capitals. Raises 1109, 1142 and 1235 as for an account without privileges."""
    schema, name = (table.db or view.database or "").lower(), table.name
    capital = name.upper()
    if schema == INFORMATION_SCHEMA:
        if capital not in system_tables():
            raise errors.unknown_system_table(INFORMATION_SCHEMA, name)
        return capital
    if schema == PERFORMANCE_SCHEMA and capital in PERFORMANCE_TABLES:
        return capital
    raise errors.table_denied("SELECT", view.quoted_account, name)


def to_duckdb(tree: exp.Expr, view: SessionView, other_names: dict[str, str]) -> str:
    """The statement for DuckDB; ``other_names``: names of schemas and what they are called here."""
    check_functions(tree)
    tree = tree.copy()
    for lateral in tree.find_all(exp.Lateral):
        if not isinstance(lateral.this, exp.Subquery):
            raise errors.not_supported("LATERAL " + lateral.this.sql(dialect="mysql"))
    for table in system_tables_in(tree, view):
        name = known_table(table, view)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(name, quoted=True))
        table.set("db", exp.to_identifier(STORE, quoted=True))
        table.set("catalog", None)
        table.set("hints", None)
    for table in tree.find_all(exp.Table):
        if table.name.lower() == "dual" and not table.db and isinstance(table.parent, exp.From):
            table.parent.pop()
    for select in tree.find_all(exp.Select):
        for key in ("locks", "hint", "operation_modifiers"):
            select.set(key, None)
        _having_to_where(select)
        _loosen_grouping(select)
    for node in list(tree.walk()):
        _rewrite(node, other_names)
    return str(tree.sql(dialect="duckdb", identify=True))


def expression_to_duckdb(node: exp.Expr) -> str:
    """A scalar or a condition. Raises ``UpstreamError``."""
    check_functions(node)
    holder = exp.Select(expressions=[node.copy()])
    for part in list(holder.walk()):
        _rewrite(part, {})
    return str(holder.expressions[0].sql(dialect="duckdb", identify=True))


def _rewrite(node: exp.Expr, other_names: dict[str, str]) -> None:
    match node:
        case exp.Like() if not isinstance(node.parent, exp.Escape):
            node.replace(exp.Escape(this=exp.ILike(**node.args), expression=exp.Literal.string("\\")))
        case exp.Like():
            node.replace(exp.ILike(**node.args))
        case exp.RegexpLike():
            node.set("flag", exp.Literal.string("i"))
        case exp.Collate():
            node.replace(node.this)
        case exp.Introducer():
            node.replace(node.expression)
        case exp.Cast() if node.to.this in (exp.DType.BINARY, exp.DType.VARBINARY) or node.to.find(exp.CharacterSet):
            node.replace(node.this)
        case exp.Anonymous() if str(node.this).upper() == "ISNULL" and len(node.expressions) == 1:
            node.replace(exp.Paren(this=exp.Is(this=node.expressions[0], expression=exp.Null())))
        case exp.Upper() | exp.Lower() if not isinstance(node.this, exp.Column):
            node.set("this", exp.cast(node.this, exp.DType.TEXT))
        case exp.EQ() | exp.In() | exp.NEQ() | exp.NullSafeEQ():
            _rename(node, other_names)
        case exp.Column() if node.table and node.args.get("db"):
            # INFORMATION_SCHEMA.TABLES.TABLE_NAME
            node.set("db", None)
            node.set("catalog", None)


def _rename(node: exp.Expr, other_names: dict[str, str]) -> None:
    """A schema's other name, where it is compared with a column of schema names."""
    sides = [node.this, node.args.get("expression"), *(node.expressions or ())]
    if not any(
        isinstance(side, exp.Column) and side.name.upper().endswith(("_SCHEMA", "SCHEMA_NAME")) for side in sides
    ):
        return
    for side in sides:
        if isinstance(side, exp.Literal) and side.is_string and side.this in other_names:
            side.set("this", other_names[side.this])


def _having_to_where(select: exp.Select) -> None:
    """Without groups, MySQL's HAVING is a second WHERE that knows the aliases."""
    having = select.args.get("having")
    if having is None or select.args.get("group") or any(output.find(exp.AggFunc) for output in select.expressions):
        return
    if having.find(exp.AggFunc):
        return
    named = {output.alias.lower(): output.this for output in select.expressions if isinstance(output, exp.Alias)}
    for column in list(having.find_all(exp.Column)):
        if not column.table and column.name.lower() in named:
            column.replace(exp.paren(named[column.name.lower()].copy()))
    select.set("having", None)
    select.where(having.this, copy=False)


def _loosen_grouping(select: exp.Select) -> None:
    """What depends on the grouped columns need not be grouped itself in MySQL; DuckDB cannot tell."""
    group = select.args.get("group")
    if group is None or not group.expressions:
        return
    grouped = {part.sql(dialect="mysql").lower() for part in group.expressions}
    grouped |= {part.name.lower() for part in group.expressions if isinstance(part, exp.Column)}
    numbers = {int(part.this) for part in group.expressions if isinstance(part, exp.Literal) and part.is_int}
    for position, output in enumerate(list(select.expressions), 1):
        inner = output.unalias()
        if position in numbers or inner.sql(dialect="mysql").lower() in grouped or output.alias.lower() in grouped:
            continue
        for column in list(inner.find_all(exp.Column)):
            if column.name.lower() not in grouped and column.find_ancestor(exp.AggFunc, exp.Subquery) is None:
                _any_value(select, column, output)


def _any_value(select: exp.Select, column: exp.Column, output: exp.Expr) -> None:
    wrapped = exp.AnyValue(this=column.copy())
    if column is output:
        wrapped_output = exp.Alias(this=wrapped, alias=exp.to_identifier(column.name, quoted=True))
        column.replace(wrapped_output)
    else:
        column.replace(wrapped)
