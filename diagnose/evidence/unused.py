"""Joined tables of which nothing is used, where the schema proves that the join keeps each row, once."""

from dataclasses import dataclass

from sqlglot import exp

from diagnose.evidence.blocks import Source
from diagnose.evidence.dependencies import equated, one_value, same_type, unique_keys
from diagnose.evidence.facts import Column, ForeignKey, Table
from diagnose.evidence.scope import UNKNOWN, Scope, varies
from diagnose.wording import listed, shown


@dataclass(frozen=True, slots=True)
class Unused:
    """``conditions`` go with the join, which removes the NULLs of ``nullable``; ``needs`` as Rewrite has it."""

    source: Source
    table: Table
    conditions: tuple[exp.Expr, ...]
    proof: str
    nullable: tuple[exp.Column, ...] = ()
    needs: str = ""


def unused_joins(scope: Scope) -> list[Unused]:
    """Those of one SELECT, in the order in which they can be left out."""
    block = scope.block
    sides = {source.side for source in block.sources}
    if not scope.plain or sides - {"", "LEFT"} or block.node.args.get("locks"):
        return []
    uses = scope.uses()
    if UNKNOWN in uses or any(star.parent is block.node for star in block.node.find_all(exp.Star)):
        return []
    found: list[Unused] = []
    pending = [source for source in reversed(block.sources) if source.table is not None]
    while pending:
        more = next((u for s in pending if (u := _unused(scope, s, found, uses)) is not None), None)
        if more is None or len(found) + 1 == len(block.sources):
            return found
        found.append(more)
        pending.remove(more.source)
    return found


def _unused(scope: Scope, source: Source, found: list[Unused], uses: dict[str, list[exp.Column]]) -> Unused | None:
    assert source.table is not None
    own = _left(scope, source, source.table) if source.side else _inner(scope, source, source.table, found)
    alias = source.alias.casefold()
    if own is None or any(column.table.casefold() == alias for unused in found for column in unused.nullable):
        return None
    without = {
        id(c) for unused in (*found, own) for condition in unused.conditions for c in condition.find_all(exp.Column)
    }
    return own if all(id(column) in without for column in uses.get(alias, ())) else None


def _left(scope: Scope, source: Source, table: Table) -> Unused | None:
    """LEFT JOIN to a unique key: at most one row of it goes with each row, and one without it stays."""
    conditions = next(found for joined, found in scope.block.joined if joined is source)
    if any(varies(condition) or condition.find(exp.Query) for condition in conditions):
        return None
    held = _held(scope, source, conditions)
    for key in unique_keys(table):
        if all(column.name in held for column in key):
            named = listed(shown(column.name, 64) for column in key)
            proof = f"{shown(source.alias, 64)} is joined by its unique key ({named}) with LEFT JOIN"
            return Unused(source, table, conditions, proof)
    return None


def _held(scope: Scope, source: Source, conditions: tuple[exp.Expr, ...]) -> set[str]:
    """The source's columns that the conditions hold to one value, compared as their index compares."""
    alias = source.alias.casefold()
    held = set()
    for condition in conditions:
        for name, column, other in equated(scope, condition):
            if name.split(".")[0] == alias and alias not in scope.touched(other):
                found = scope.block.resolve(other)
                if same_type(column, found.column) if found is not None else one_value(column, other):
                    held.add(column.name)
    return held


def _inner(scope: Scope, source: Source, table: Table, found: list[Unused]) -> Unused | None:
    """An inner join along a foreign key to a unique key: every row has its one row there."""
    alias = source.alias.casefold()
    conditions = tuple(c for c in scope.filters if alias in scope.touched(c))
    others = frozenset[str]().union(*map(scope.touched, conditions)) - {alias}
    other = scope.sources.get(min(others, default=""))
    if len(others) != 1 or other is None or other.side or other.table is None or other in [u.source for u in found]:
        return None
    for key in other.table.foreign_keys:
        if _refers(key, other.table, table) and _joined_by(scope, conditions, source, other, key):
            return _along(source, table, other, other.table, key, conditions)
    return None


def _refers(key: ForeignKey, table: Table, to: Table) -> bool:
    """Whether a foreign key of ``table`` leads to a unique key of ``to``."""
    same = key.to_table == (to.name if to.schema == table.schema else f"{to.schema}.{to.name}")
    wanted = {name.casefold() for name in key.to_columns}
    return same and any({c.name.casefold() for c in unique} == wanted for unique in unique_keys(to))


def _joined_by(scope: Scope, conditions: tuple[exp.Expr, ...], source: Source, other: Source, key: ForeignKey) -> bool:
    """Whether the conditions are the foreign key's equalities, all of them and nothing else."""
    pairs = {
        frozenset({f"{other.alias}.{a}".casefold(), f"{source.alias}.{b}".casefold()})
        for a, b in zip(key.columns, key.to_columns, strict=True)
    }
    said = [
        frozenset({scope.name(c.this), scope.name(c.expression)}) if isinstance(c, exp.EQ) else frozenset({""})
        for c in conditions
    ]
    return set(said) == pairs


def _along(
    source: Source, table: Table, other: Source, holder: Table, key: ForeignKey, conditions: tuple[exp.Expr, ...]
) -> Unused:
    columns = [column for name in key.columns if (column := holder.column(name)) is not None]
    named = listed(f"{shown(other.alias, 64)}.{shown(column.name, 64)}" for column in columns)
    return Unused(
        source,
        table,
        conditions,
        f"the foreign key {named} leads to one row of {shown(source.alias, 64)}",
        tuple(_column(other, column) for column in columns if column.nullable),
        f"every {named} exists in {shown(table.name, 64)} and you may see it there: the foreign key was never off "
        "while rows were written, and no row security hides any",
    )


def _column(source: Source, column: Column) -> exp.Column:
    return exp.column(column.name, table=source.alias, quoted=True)
