"""Names as the target writes them."""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context

_LONGEST = 63  # bytes of a name in PostgreSQL; a longer one is cut


def quoted(name: str) -> str:
    """Between double quotes."""
    return '"' + name.replace('"', '""') + '"'


def table_name(node: exp.Expr, context: Context, *, new: bool = False) -> str:
    """With its schema where one is given; ``new``: do not look for one that has the name in another case."""
    table = None if new else context.schema.table(node.name, node.text("db") or None)
    name = quoted(table.name if table else node.name)
    schema = (table.schema if table else None) or node.text("db")
    return f"{quoted(schema)}.{name}" if node.text("db") else name


def index_name(table: str, index: str) -> str:
    """The name in the schema of an index that MySQL's table calls ``index``."""
    if index.lower().startswith(f"{table.lower()}_"):
        return quoted(index)
    whole = f"{table}_{index}".encode()[:_LONGEST].decode(errors="ignore")
    return quoted(whole)
