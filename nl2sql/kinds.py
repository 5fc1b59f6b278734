"""Kinds of the columns of one SELECT, and its own nodes: what the mending rules look at."""

from collections.abc import Iterator

from sqlglot import exp

from nl2sql.catalog import CatalogColumn
from nl2sql.sources import Names

DATES = {"date": "date", "datetime": "moment", "timestamp": "moment"}
_WHOLE = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
_KEEPS_TYPE = (exp.Min, exp.Max, exp.Coalesce, exp.Paren, exp.AnyValue)


class Kinds:
    """Of the columns of one SELECT, as far as they come straight from a table: ``date``, ``moment``, ``whole``."""

    def __init__(self, select: exp.Select, names: Names) -> None:
        self._tables = {}
        defined = {cte.alias.casefold() for cte in select.root().find_all(exp.CTE)}
        for source in own(select, exp.Table):
            table = names.catalog.table(source.name)
            if table is not None and source.name.casefold() not in defined:
                self._tables[source.alias_or_name.casefold()] = table

    def of(self, node: exp.Expr | None) -> str:
        while isinstance(node, _KEEPS_TYPE):
            node = node.this
        if isinstance(node, (exp.Date, exp.CurrentDate, exp.TsOrDsToDate)):
            return "date"
        if node is not None and is_now(node):
            return "moment"
        if isinstance(node, (exp.DateAdd, exp.DateSub)):
            return self.of(node.this) or "moment"
        if isinstance(node, (exp.Add, exp.Sub)) and isinstance(node.expression, exp.Interval):
            return self.of(node.this) or "moment"
        column = self.column(node)
        if column is None:
            return ""
        return DATES.get(column.base_type, "whole" if column.base_type in _WHOLE else "")

    def column(self, node: exp.Expr | None) -> CatalogColumn | None:
        """The table's column that ``node`` is."""
        if not isinstance(node, exp.Column):
            return None
        holders = [
            found
            for alias, table in self._tables.items()
            if not node.table or alias == node.table.casefold()
            if (found := table.column(node.name)) is not None
        ]
        return holders[0] if len(holders) == 1 else None


def is_now(node: exp.Expr) -> bool:
    """Whether ``node`` is the present day or moment. For sqlglot, NOW() is a function of any name."""
    if isinstance(node, exp.Anonymous):
        return node.name.casefold() in ("now", "sysdate")
    return isinstance(node, (exp.CurrentDate, exp.CurrentTimestamp))


def own(select: exp.Select, *kinds: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Nodes of the SELECT itself, not of queries inside of it."""
    for node in select.walk(prune=lambda n: n is not select and isinstance(n, exp.Query)):
        if isinstance(node, kinds):
            yield node
