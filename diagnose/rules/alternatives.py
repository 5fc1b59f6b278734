"""OR over columns that have an index each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.comparisons import comparison, text_of
from diagnose.advice.rewrites_shapes import alternatives
from diagnose.evidence.blocks import Block, Reference, conjuncts, own_columns
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Index
from diagnose.rules.scale import leading_index, reading
from diagnose.types import Finding, Rewrite, Rule
from diagnose.wording import listed, shown, shown_sql

MOST_ARMS = 4
SELECTIVE = 0.1  # the share of a table up to which reading it by an index is surely less work


@dataclass(frozen=True, eq=False, slots=True)
class Arm:
    """One alternative: a condition on a column that begins an index. ``share`` of the rows, where it can be told."""

    node: exp.Expr
    reference: Reference
    index: Index
    share: float | None


class OrPreventsIndex:
    """Alternatives on different columns, each with an index, and no index is used."""

    code: ClassVar[str] = "or-prevents-index"
    title: ClassVar[str] = "OR over different columns"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            for condition in block.where:
                if isinstance(condition, exp.Or):
                    finding = self._finding(evidence, block, condition)
                    if finding is not None:
                        yield finding

    def _finding(self, evidence: Evidence, block: Block, condition: exp.Or) -> Finding | None:
        nodes = list(_alternatives_of(condition))
        found = [_arm(block, node) for node in nodes]
        arms = [arm for arm in found if arm is not None]
        columns = {(id(arm.reference.source), arm.reference.column.name) for arm in arms}
        if len(arms) != len(nodes) or len(nodes) > MOST_ARMS or len(columns) < 2:
            return None
        reads = [r for arm in arms if (r := reading(evidence, arm.reference.source)) is not None and r.scans]
        shares = [arm.share for arm in arms]
        one_table = len({id(arm.reference.source) for arm in arms}) == 1
        if not reads or any(share is not None and share > SELECTIVE for share in shares):
            return None
        if one_table and None in shares:  # the server can merge indexes; where it does not, that may be right
            return None
        worst = max(reads, key=lambda read: read.rows)
        sql = alternatives(evidence.tree, block, condition, nodes)
        indexes = listed(shown(arm.index.name, 64) for arm in arms)
        names = [n for a in arms for n in (a.reference.table.name, a.reference.column.name, a.index.name)]
        return Finding(
            self.code,
            worst.severity,
            f"{shown_sql(condition, 100)} can be true in {len(arms)} ways, and no index alone finds the rows of all.",
            f"{worst!s}; the alternatives have the indexes {indexes}",
            "Ask for each alternative with its own SELECT and put them together with UNION ALL, each without the rows "
            "of those before.",
            Rewrite(sql) if sql is not None else None,
            tuple(dict.fromkeys(names)),
        )


def _alternatives_of(node: exp.Expr) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.Or):
        yield from _alternatives_of(node.left)
        yield from _alternatives_of(node.right)
    else:
        yield node


def _arm(block: Block, node: exp.Expr) -> Arm | None:
    """The first condition of an alternative that an index can serve."""
    for part in conjuncts(node):
        found = comparison(part)
        reference = block.resolve(found.subject) if found is not None else None
        if found is None or reference is None or reference.outer or any(list(own_columns(v)) for v in found.values):
            continue
        if found.operator == "like" and (text_of(found.value) or "%")[:1] in "%_":
            continue
        index = leading_index(block, reference.source, reference.column)
        if index is not None and not any(v.find(exp.Query) for v in found.values):
            distinct = reference.column.distinct or (index.cardinality[0] if index.cardinality else None)
            known = distinct is not None and distinct > 0 and found.operator in ("=", "in")
            return Arm(node, reference, index, len(found.values) / distinct if known and distinct else None)
    return None


RULES: tuple[Rule, ...] = (OrPreventsIndex(),)
