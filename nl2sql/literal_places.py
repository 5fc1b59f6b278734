"""Puts a literal to the column that holds it: ``id = 'VTI'`` where only ``symbol`` has the value VTI.

What the question's values are, and where they stand, was looked up in the data (``values``); a small model often names
the right value and the wrong column. A column that may hold the value too is left alone.
"""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from nl2sql.catalog import CatalogColumn, CatalogTable
from nl2sql.mend import join
from nl2sql.paths import shortest_ways
from nl2sql.samples import SAMPLE_ROWS
from nl2sql.sources import Names
from nl2sql.values import FoundValue

_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "numeric", "float", "double", "year"}


def place_values(tree: exp.Query, names: Names, values: Sequence[FoundValue]) -> None:
    """Change ``tree`` in place where exactly one column holds the value, and its table is there or one join away."""
    if not values:
        return
    for scope in list(traverse_scope(tree)):
        for node in list(scope.find_all(exp.EQ, exp.Like)):
            column, literal = node.this, node.expression
            if isinstance(column, exp.Column) and isinstance(literal, exp.Literal) and literal.is_string:
                _place(column, literal, scope, names, values)


def _place(column: exp.Column, literal: exp.Literal, scope: Scope, names: Names, values: Sequence[FoundValue]) -> None:
    said = literal.name.strip("%").casefold()
    holders = [v for v in values if v.value.casefold() == said]
    here = _tables(scope)
    at = [t for name, t in here if not column.table or name == column.table]
    own = [t for t in at if (table := names.catalog.table(t)) and table.column(column.name)]
    if not holders or len(own) != 1 or any(h.table == own[0] and h.column == column.name for h in holders):
        return
    known = names.catalog.table(own[0])
    found = known.column(column.name) if known else None
    if known is None or found is None or _may_hold(known, found, literal, holders):
        return
    present = [h for h in holders if h.table in [t for _, t in here]]
    chosen = (present or holders)[0] if len(present or holders) == 1 else None
    if chosen is None:
        return
    name = _name_of(chosen.table, scope, names)
    if name is None:
        return
    was = column.sql("mysql")
    column.set("this", exp.to_identifier(chosen.column))
    column.set("table", exp.to_identifier(name))
    names.note(f"looked for '{chosen.value}' in {chosen.table}.{chosen.column}, which has it, not in {was}")


def _may_hold(table: CatalogTable, column: CatalogColumn, literal: exp.Literal, holders: Sequence[FoundValue]) -> bool:
    """Unless it is certain that no row has the value there: by its type, by all of its values, or by a look."""
    said = literal.name.strip("%").casefold()
    part = isinstance(literal.parent, exp.Like) and literal.name != literal.name.strip("%")
    if column.base_type in _NUMBERS and not any(character.isdigit() for character in said):
        return False
    if column.values and (column.base_type == "enum" or table.rows < SAMPLE_ROWS):
        return any(v.casefold() == said or (part and said in v.casefold()) for v in column.values)
    return part or not any(f"{table.name}.{column.name}" in h.absent for h in holders)


def _tables(scope: Scope) -> list[tuple[str, str]]:
    return [(name, s.name) for name, (_n, s) in scope.selected_sources.items() if isinstance(s, exp.Table)]


def _name_of(table: str, scope: Scope, names: Names) -> str | None:
    """The table's name in the scope; joined when it is not there and one foreign key leads to it."""
    present = [name for name, t in _tables(scope) if t == table]
    if present:
        return present[0] if len(present) == 1 else None
    target = names.catalog.table(table)
    if target is None or len(shortest_ways(_tables(scope), table, names.catalog)) != 1:
        return None
    return table if join(target, scope, names) else None
