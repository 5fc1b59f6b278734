"""Which tables a statement names."""

from sqlglot import exp


def table_names(tree: exp.Expr) -> list[tuple[str, str]]:
    """(schema or empty, table), each once.

    The names of CTEs are among them: inside of its own definition, or beside it, such a name may stand for a table.
    """
    named = [(table.db, table.name) for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    return list(dict.fromkeys(named))
