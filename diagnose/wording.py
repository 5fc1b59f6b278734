"""Names and pieces of SQL as a finding shows them. They come from strangers: one line, printable, bounded."""

from collections.abc import Iterable

from sqlglot import exp

from diagnose.evidence.facts import Column, Table
from diagnose.sql import written

LIMIT = 120


def shown(text: str, limit: int = LIMIT) -> str:
    """``text`` on one line: runs of blanks are one, what is not printable is left out, the end cut to ``limit``.

    Not printable are also marks that change the direction of writing, private and unassigned characters.
    """
    text = text[: 8 * limit]
    line = " ".join("".join(c if c.isprintable() else " " if c.isspace() else "" for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def shown_sql(node: exp.Expr, limit: int = LIMIT) -> str:
    """A piece of a statement, in MySQL's SQL without its comments."""
    return shown(written(node) or "…", limit)


def column_name(table: Table, column: Column) -> str:
    """``orders.customer_id``."""
    return f"{shown(table.name, 64)}.{shown(column.name, 64)}"


def listed(texts: Iterable[str], limit: int = 5) -> str:
    """``a, b and c``; of more than ``limit`` the first ones and how many there are besides."""
    found = list(texts)
    if len(found) > limit:
        return f"{', '.join(found[:limit])} and {len(found) - limit} more"
    return " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def amount(value: float | None) -> str:
    """``20,000``; ``?`` where it is not known."""
    return "?" if value is None else f"{value:,.0f}"


def provided(needs: str) -> str:
    """What a person must know before using a rewrite that ``needs`` something; empty when it needs nothing."""
    return f" It returns the same as long as {needs}." if needs else ""
