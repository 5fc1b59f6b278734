"""Names and texts as standard SQL writes them, which PostgreSQL, DuckDB and SQLite read.

A NUL is left out: drivers would end the statement there.
"""


def quoted(name: str) -> str:
    """An identifier, between double quotes."""
    return '"' + name.replace('"', '""').replace("\0", "") + '"'


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"
