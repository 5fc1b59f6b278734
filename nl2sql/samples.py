"""Example values of text columns that hold only a few, so that the prompt can say how the data spells things.

One bounded query a table: at most ``SAMPLE_ROWS`` rows are looked at, long values and keys are left out, and a column
counts only when its values repeat. Views are left out, since a row of a view may cost anything.
"""

import time
from dataclasses import replace

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, clean
from plugins import Session, UpstreamError
from plugins.literals import quote_name

SAMPLE_ROWS = 500
DISTINCT = 24
VALUE_CHARS = 40
TABLE_SECONDS = 1.0
TOTAL_SECONDS = 3.0
TABLES = 60
COLUMNS = 40
# The whole catalog's values are kept in memory per account; this bounds them.
TOTAL_CHARS = 40_000
_TEXT = {"char", "varchar", "tinytext", "text"}


async def with_samples(session: Session, catalog: Catalog) -> Catalog:
    """``catalog`` with the example values that could be read in time."""
    started = time.monotonic()
    chars = 0
    tables: list[CatalogTable] = []
    for at, table in enumerate(catalog.tables):
        in_time = time.monotonic() - started < TOTAL_SECONDS and at < TABLES and chars < TOTAL_CHARS
        sampled = await _sampled(session, table) if in_time and not table.view else table
        chars += sum(len(v) for c in sampled.columns for v in c.values)
        tables.append(sampled)
    return catalog.with_tables(tables)


async def _sampled(session: Session, table: CatalogTable) -> CatalogTable:
    wanted = [c for c in table.columns if c.base_type in _TEXT and not c.primary and not c.values][:COLUMNS]
    if not wanted:
        return table
    try:
        result = await session.query(sample_sql(table, wanted), time_limit_s=TABLE_SECONDS, max_rows=DISTINCT * COLUMNS)
    except UpstreamError:
        # A table that cannot be read now (locked, broken, slow) is asked about without examples.
        return table
    values: dict[int, list[str]] = {}
    for at, value in result.rows:
        if isinstance(at, str) and isinstance(value, str):
            values.setdefault(int(at), []).append(clean(value, VALUE_CHARS))
    by_name = {wanted[at].name: tuple(sorted(found)) for at, found in values.items()}
    columns = tuple(replace(c, values=by_name[c.name]) if c.name in by_name else c for c in table.columns)
    return replace(table, columns=columns)


def sample_sql(table: CatalogTable, columns: list[CatalogColumn]) -> str:
    """(index of the column, value) for each column with few, repeating values, none of them long."""
    parts = []
    for at, column in enumerate(columns):
        name = quote_name(column.name)
        few = f"SELECT {name} AS v FROM {quote_name(table.name)} LIMIT {SAMPLE_ROWS}"
        # Up to a handful of rows, every value is different in a list of names and in a list of kinds alike.
        check = (
            f"SELECT COUNT(DISTINCT v) BETWEEN 1 AND LEAST({DISTINCT}, COUNT(v) / 2)"
            f" AND MAX(CHAR_LENGTH(v)) <= {VALUE_CHARS} FROM ({few}) AS s{at}"
        )
        parts.append(
            f"SELECT {at} AS c, v FROM (SELECT DISTINCT v FROM ({few}) AS d{at}) AS u{at} WHERE v <> '' AND ({check})"
        )
    return " UNION ALL ".join(parts)
