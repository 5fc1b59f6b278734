"""GROUP BY without the columns that a key in it determines."""

from dataclasses import dataclass

from diagnose.advice.exact import keeps_result
from diagnose.evidence.blocks import Block, Source, find_blocks
from diagnose.evidence.dependencies import total_order, unique_keys
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB
from diagnose.evidence.scope import Scope
from diagnose.sql import rewritten
from diagnose.types import Rewrite


@dataclass(frozen=True, slots=True)
class Dependent:
    """The item of GROUP BY at ``place``, a column that the unique key ``key`` of its source determines."""

    place: int
    source: Source
    column: str
    key: tuple[str, ...]


def dependent_columns(scope: Scope) -> list[Dependent]:
    """Those of a block; empty for ROLLUP and the like, which group by parts of the list too."""
    group = scope.block.node.args.get("group")
    if not scope.clear or group is None or any(group.args.get(part) for part in ("rollup", "cube", "grouping_sets")):
        return []
    named = [scope.name(part) for part in group.expressions]
    found = []
    for source in scope.block.sources:
        key = _key(source, set(named))
        for place, part in enumerate(group.expressions):
            reference = scope.block.resolve(part)
            own = reference is not None and reference.source is source and not reference.outer
            if own and reference is not None and key and reference.column.name not in key:
                found.append(Dependent(place, source, reference.column.name, key))
    return found


def _key(source: Source, named: set[str]) -> tuple[str, ...]:
    """A unique key of a source that is grouped by and never NULL in its table."""
    for key in unique_keys(source.table) if source.table is not None else ():
        if all(not c.nullable and f"{source.alias}.{c.name}".casefold() in named for c in key):
            return tuple(column.name for column in key)
    return ()


def narrower_groups(evidence: Evidence, block: Block, found: list[Dependent]) -> Rewrite | None:
    """The statement grouped without ``found``; None where its result might differ or the server refuses it.

    MariaDB under ONLY_FULL_GROUP_BY does not see what a key determines.
    """
    refused = "ONLY_FULL_GROUP_BY" in evidence.server.settings.get("sql_mode", "").upper()
    if refused and evidence.server.kind == MARIADB:
        return None
    if not keeps_result(evidence, block, total=total_order(Scope(evidence, block))):
        return None
    tree = evidence.tree.copy()
    group = find_blocks(tree, evidence.schema)[evidence.blocks.index(block)].node.args["group"]
    gone = {dependent.place for dependent in found}
    group.set("expressions", [part for place, part in enumerate(group.expressions) if place not in gone])
    return rewritten(tree)
