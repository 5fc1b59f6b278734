"""Names of indexes: MySQL's are unique in a table, those of PostgreSQL and DuckDB in a schema.

An index that MySQL's ``t`` calls ``i`` is ``t.i`` in the schema, and whoever looks at ``t`` is shown ``i`` again. One
that was not made through the gateway keeps its name.
"""

_LONGEST = 63  # bytes of a name in PostgreSQL; a longer one is cut


def in_schema(table: str, index: str) -> str:
    """The name in the schema of a new index that the table calls ``index``."""
    return f"{table}.{index}".encode()[:_LONGEST].decode(errors="ignore")


def in_table(table: str, name: str) -> str:
    """What MySQL's clients are shown of a name in the schema."""
    return name.removeprefix(f"{table}.") or name
