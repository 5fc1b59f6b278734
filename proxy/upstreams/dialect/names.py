"""Names as the target writes them."""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context
from proxy.upstreams.index_names import in_schema
from proxy.upstreams.quoting import quoted


def table_name(node: exp.Expr, context: Context, *, new: bool = False) -> str:
    """With its schema where one is given; ``new``: do not look for one that has the name in another case."""
    table = None if new else context.schema.table(node.name, node.text("db") or None)
    name = quoted(table.name if table else node.name)
    schema = (table.schema if table else None) or node.text("db")
    return f"{quoted(schema)}.{name}" if node.text("db") else name


def index_name(table: str, index: str) -> str:
    """The name in the schema of a new index that MySQL's table calls ``index``."""
    return quoted(in_schema(table, index))


def known_index_name(table: exp.Expr, index: str, context: Context) -> str:
    """As ``index_name``, of an index that is there and may not have been made through the gateway."""
    known = context.schema.table(table.name, table.text("db") or None)
    indexes = known.indexes if known else ()
    name = in_schema(known.name if known else table.name, index)
    folded = {each.casefold(): each for each in indexes}
    return quoted(folded.get(name.casefold()) or folded.get(index.casefold()) or name)
