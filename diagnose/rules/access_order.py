"""The index that gives one table's rows in an order, or in groups."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from diagnose.evidence.dependencies import equated
from diagnose.evidence.facts import Column, Table
from diagnose.evidence.scope import Scope, varies

_MAX_COLUMNS = 4
_MAX_CHARACTERS = 200  # wider columns make poor keys, and InnoDB's end at 3,072 bytes
_UNFIT = frozenset({"text", "tinytext", "mediumtext", "longtext", "blob", "json"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """``equal``: columns that WHERE holds to a constant; ``columns``: they, then those of the order or the groups."""

    table: Table
    equal: frozenset[str]
    columns: tuple[str, ...]


def wanted_index(
    scope: Scope, names: Iterable[str], *, first_may_range: bool = False, more: Iterable[str] = ()
) -> Wanted | None:
    """An index on what WHERE holds to constants, then ``names`` (``alias.column``), then ``more``.

    None for several sources, for other conditions (save a range on the first of ``names``), and for columns that
    make no good key.
    """
    sources = scope.block.sources
    table = sources[0].table if len(sources) == 1 else None
    if table is None or table.view:
        return None
    wanted = [column for name in (*names, *more) if (column := table.column(name.rpartition(".")[2])) is not None]
    equal: list[Column] = []
    for condition in scope.block.where:
        held = [
            column for _, column, other in equated(scope, condition) if not scope.touched(other) and not varies(other)
        ]
        if held:
            equal += held[:1]
        elif not (first_may_range and wanted and _ranges(scope, condition, wanted[0])):
            return None
    columns = list(dict.fromkeys([*equal, *wanted]))
    if len(columns) > _MAX_COLUMNS or any(map(_unfit, columns)) or not set(wanted) - set(equal):
        return None
    return Wanted(table, frozenset(c.name for c in equal), tuple(column.name for column in columns))


def already(wanted: Wanted) -> bool:
    """Whether an index of the table gives that order: the server saw it and chose otherwise."""
    after = [name for name in wanted.columns if name not in wanted.equal]
    return any(
        [name for name in index.columns if name not in wanted.equal][: len(after)] == after
        and not index.predicate
        and index.kind == "btree"
        for index in wanted.table.indexes
    )


def _ranges(scope: Scope, condition: exp.Expr, column: Column) -> bool:
    """Whether a condition is a range of that very column: ``c > 5``, ``c BETWEEN … AND …``."""
    if not isinstance(condition, exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Between):
        return False
    found = scope.block.resolve(condition.this)
    others = [child for child in condition.iter_expressions() if child is not condition.this]
    return found is not None and found.column is column and not any(scope.touched(child) for child in others)


def _unfit(column: Column) -> bool:
    length = column.type.partition("(")[2].partition(")")[0]
    return column.base_type in _UNFIT or (length.isdigit() and int(length) > _MAX_CHARACTERS)
