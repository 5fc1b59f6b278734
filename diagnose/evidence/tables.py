"""Which tables a statement names."""

from sqlglot import exp


def table_names(tree: exp.Expr) -> list[tuple[str, str]]:
    """(schema or empty, table), each once; CTEs are none."""
    ctes = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    found = [
        (table.db, table.name)
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.casefold() not in ctes)
    ]
    return list(dict.fromkeys(found))
