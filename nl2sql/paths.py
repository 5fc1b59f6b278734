"""Ways from one table to another along foreign keys."""

from dataclasses import dataclass

from nl2sql.catalog import Catalog

MOST_JOINS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """``source`` (its name in the query) is joined with ``table`` where ``source.own = table.other``."""

    source: str
    own: str
    table: str
    other: str

    def __str__(self) -> str:
        return f"JOIN {self.table} ON {self.source}.{self.own} = {self.table}.{self.other}"


Way = tuple[Step, ...]


def shortest_ways(present: list[tuple[str, str]], wanted: str, catalog: Catalog) -> list[Way]:
    """Every way of the least number of joins from one of ``present``, (name, table), to the table ``wanted``."""
    edges = [(k.table, k.column, k.to_table, k.to_column) for k in catalog.links]
    edges += [(to, to_column, table, column) for table, column, to, to_column in edges]
    visited = {table for _, table in present}
    level: list[tuple[str, str, Way]] = [(name, table, ()) for name, table in present]
    for _ in range(MOST_JOINS):
        reached = [
            (there, there, (*way, Step(name, own, there, other)))
            for name, table, way in level
            for here, own, there, other in edges
            if here == table and there not in visited
        ]
        found = [way for _, table, way in reached if table == wanted]
        if found:
            return found
        visited |= {table for _, table, _ in reached}
        level = reached[:200]
    return []
