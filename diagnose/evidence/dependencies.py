"""What determines what in the rows of a block: unique keys, equalities, constants (functional dependencies).

The closure of a set of columns under them is Armstrong's; see Maier, "The Theory of Relational Databases", chapter 4.
"""

import re
from collections.abc import Iterable, Iterator

from sqlglot import exp

from diagnose.evidence.blocks import Source
from diagnose.evidence.facts import Column, Table
from diagnose.evidence.scope import Scope, varies

_EXACT = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric"})
_STRINGS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
_PLAIN_NUMBER = re.compile(r"\d+(\.\d+)?")


def unique_keys(table: Table) -> Iterator[tuple[Column, ...]]:
    """The columns of each unique key of whole columns and of the whole table, the primary key first."""
    for index in sorted(table.indexes, key=lambda index: not index.primary):
        columns = [table.column(name) for name in index.columns]
        if index.unique and not index.predicate and not any(index.prefixes) and columns and None not in columns:
            yield tuple(column for column in columns if column is not None)


def same_type(one: Column, other: Column) -> bool:
    """Whether ``=`` compares two columns as an index of either does: by the same type and collation."""
    if one.base_type in _EXACT:
        return other.base_type in _EXACT
    text = one.base_type in _STRINGS and one.collation == other.collation
    return one.base_type == other.base_type and (text or one.is_moment)


def one_value(column: Column, constant: exp.Expr) -> bool:
    """Whether ``column = constant`` leaves one value of the column: no conversion that makes several equal."""
    if isinstance(constant, exp.Neg):
        constant = constant.this
    if not isinstance(constant, exp.Literal):
        return False
    if constant.is_string:
        return column.base_type in _STRINGS or column.is_moment
    return column.base_type in _EXACT and _PLAIN_NUMBER.fullmatch(constant.name) is not None


class Dependencies:
    """Of one block, over its own tables. Columns are ``alias.name``, folded.

    ``strict``: only equalities that compare as the indexes do, for what must be proved; else any equality counts, for
    what must not be claimed wrongly.
    """

    def __init__(self, scope: Scope, *, strict: bool) -> None:
        self.scope = scope
        self.strict = strict
        self._found: list[tuple[frozenset[str], frozenset[str]]] = []
        self._not_null: set[str] = set()
        for conjunct in scope.filters:
            self._add_filter(conjunct)
        for source, conjuncts in scope.block.joined:
            if source.side == "LEFT":
                self._add_left(source, conjuncts)
        for source in scope.block.sources:
            if source.table is not None:
                self._add_keys(source, source.table)

    def closure(self, columns: Iterable[str]) -> frozenset[str]:
        """Everything that has one value wherever ``columns`` have one value each."""
        known = frozenset(columns)
        grown = True
        while grown:
            more = known.union(*(right for left, right in self._found if left <= known))
            grown, known = more != known, more
        return known

    def determines(self, columns: Iterable[str], source: Source) -> bool:
        """Whether at most one row of ``source`` goes with each value of ``columns``."""
        known = self.closure(columns)
        return source.table is not None and any(
            all(_key(source, c) in known for c in key) and self._solid(source, key) for key in unique_keys(source.table)
        )

    def _add_filter(self, conjunct: exp.Expr) -> None:
        for name, column, other in equated(self.scope, conjunct):
            self._not_null.add(name)
            self._add_equality(name, column, other, frozenset())
        if isinstance(conjunct, exp.Is) and isinstance(conjunct.expression, exp.Null):
            name = self.scope.name(conjunct.this)
            self._found += [(frozenset(), frozenset({name}))] if name else []

    def _add_equality(self, name: str, column: Column, other: exp.Expr, given: frozenset[str]) -> None:
        found = self.scope.block.resolve(other)
        if found is not None and not found.outer:
            if not self.strict or same_type(column, found.column):
                self._found.append((given | {self.scope.name(other)}, frozenset({name})))
        elif one_value(column, other) if self.strict else not varies(other) and not self.scope.touched(other):
            self._found.append((given, frozenset({name})))

    def _add_left(self, source: Source, conjuncts: tuple[exp.Expr, ...]) -> None:
        """The row that an outer join adds is determined by all that its ON looks at."""
        alias = source.alias.casefold()
        columns = [c for conjunct in conjuncts for c in conjunct.find_all(exp.Column)]
        names = {self.scope.name(c) for c in columns if self.scope.touched(c) != {alias}}
        if "" in names or any(varies(conjunct) or conjunct.find(exp.Query) for conjunct in conjuncts):
            return
        for conjunct in conjuncts:
            for name, column, other in equated(self.scope, conjunct):
                if name.startswith(f"{alias}."):
                    self._add_equality(name, column, other, frozenset(names))

    def _add_keys(self, source: Source, table: Table) -> None:
        every = frozenset(_key(source, column) for column in table.columns)
        for key in unique_keys(table):
            if self._solid(source, key):
                self._found.append((frozenset(_key(source, column) for column in key), every))

    def _solid(self, source: Source, key: tuple[Column, ...]) -> bool:
        """Whether the key's columns are never NULL in these rows: a unique key holds any number of NULLs."""
        return all(not column.nullable or _key(source, column) in self._not_null for column in key)


def equated(scope: Scope, conjunct: exp.Expr) -> Iterator[tuple[str, Column, exp.Expr]]:
    """(``alias.name``, column, what it equals) for each side of ``a = b`` that is a column of the block's own."""
    if isinstance(conjunct, exp.EQ):
        for this, other in ((conjunct.this, conjunct.expression), (conjunct.expression, conjunct.this)):
            found = scope.block.resolve(this)
            if found is not None and not found.outer:
                yield scope.name(this), found.column, other.unnest()


def total_order(scope: Scope) -> bool:
    """Whether ORDER BY leaves no two rows of the block equal, so that LIMIT always takes the same ones."""
    names = set(scope.order()) - {""}
    if not scope.clear:
        return False
    proved = Dependencies(scope, strict=True)
    return bool(names) and all(proved.determines(names, source) for source in scope.block.sources)


def _key(source: Source, column: Column) -> str:
    return f"{source.alias}.{column.name}".casefold()
