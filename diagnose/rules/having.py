"""HAVING where WHERE gives the same."""

from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.comparisons import comparison
from diagnose.advice.determinism import aggregates, is_deterministic
from diagnose.advice.rewrites_shapes import filtered_earlier, stands_for
from diagnose.evidence.blocks import Block, conjuncts, own_columns
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, POSTGRES
from diagnose.rules.scale import reading
from diagnose.types import Finding, Rewrite, Rule, Severity
from diagnose.wording import listed, shown_sql

_EXACT = frozenset("tinyint smallint mediumint int integer bigint decimal numeric year date datetime timestamp".split())
_EXACT_FUNCTIONS = (exp.Year, exp.Month, exp.Quarter, exp.Day, exp.Extract, exp.TsOrDsToDate, exp.Date)


class HavingWithoutAggregate:
    """A condition on single rows that is checked only after grouping."""

    code: ClassVar[str] = "having-without-aggregate"
    title: ClassVar[str] = "HAVING filters what WHERE could"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.server.kind == POSTGRES:  # moves such conditions by itself
            return
        for block in evidence.blocks:
            having = block.node.args.get("having")
            if having is not None:
                finding = self._finding(evidence, block, having)
                if finding is not None:
                    yield finding

    def _finding(self, evidence: Evidence, block: Block, having: exp.Expr) -> Finding | None:
        movable = [c for c in conjuncts(having.this) if _is_movable(evidence, block, c)]
        reads = [r for source in block.sources if (r := reading(evidence, source)) is not None]
        if not movable or not reads:
            return None
        if block.node.args.get("group") is None and len(movable) < len(list(conjuncts(having.this))):
            return None
        worst = max(reads, key=lambda read: read.rows)
        sql = filtered_earlier(evidence.tree, block, movable)
        if sql is None:
            return None
        names = [n for c in movable for r in block.references(c) for n in (r.table.name, r.column.name)]
        return Finding(
            self.code,
            max(worst.severity, Severity.MEDIUM, key=lambda severity: severity.rank),
            f"HAVING {listed(shown_sql(c, 80) for c in movable)} is checked after the rows were read and grouped.",
            f"{worst!s}; the condition has no aggregate, so it holds for single rows",
            "Put the condition into WHERE, which filters first and can use an index.",
            Rewrite(sql),
            tuple(dict.fromkeys([worst.table.name, *names])),
        )


def _is_movable(evidence: Evidence, block: Block, condition: exp.Expr) -> bool:
    """Whether a condition is the same for the rows as for the groups that they make."""
    select = block.node
    if not isinstance(select, exp.Select) or not _is_plain(condition):
        return False
    meanings = [stands_for(column, block) for column in own_columns(condition)]
    known = [m for m in meanings if m is not None and _is_plain(m) and _is_resolved(block, m)]
    if not meanings or len(known) != len(meanings):
        return False
    group = select.args.get("group")
    if group is None:
        whole = [*select.expressions, select.args["having"], *filter(None, [select.args.get("order")])]
        return not any(aggregates(e) for e in whole) and not select.args.get("windows")
    if any(group.args.get(name) for name in ("rollup", "cube", "grouping_sets", "totals")):
        return False
    keys = [_key(key, block) for key in group.expressions]
    if not all(any(_is_same(block, m, key) for key in keys if key is not None) for m in known):
        return False
    if all(isinstance(m, exp.Column) for m in known) and _pushes_down(evidence):
        return False
    return all(_is_alike_in_group(block, m, condition) for m in known)


def _is_plain(node: exp.Expr) -> bool:
    return not aggregates(node) and node.find(exp.Query) is None and is_deterministic(node)


def _is_resolved(block: Block, node: exp.Expr) -> bool:
    found = [block.resolve(column) for column in own_columns(node)]
    return bool(found) and all(r is not None and not r.outer for r in found)


def _key(key: exp.Expr, block: Block) -> exp.Expr | None:
    """What GROUP BY groups by: an output's number or alias stands for the output."""
    if isinstance(key, exp.Literal) and not key.is_string:
        at = int(key.name) - 1 if key.name.isdigit() else -1
        outputs = block.node.expressions
        return outputs[at].unalias() if 0 <= at < len(outputs) else None
    return stands_for(key, block) if isinstance(key, exp.Column) else key


def _is_same(block: Block, one: exp.Expr, other: exp.Expr) -> bool:
    mine, its = block.resolve(one), block.resolve(other)
    if mine is not None and its is not None:
        return mine.source is its.source and mine.column is its.column
    return one == other


def _pushes_down(evidence: Evidence) -> bool:
    """MariaDB (10.4 and later) moves conditions on grouping columns by itself."""
    switch = evidence.server.settings.get("optimizer_switch", "")
    return evidence.server.kind == MARIADB and "condition_pushdown_from_having=off" not in switch


def _is_alike_in_group(block: Block, meaning: exp.Expr, condition: exp.Expr) -> bool:
    """Whether the condition is the same for all rows of a group: texts that are equal may still look different."""
    found = block.resolve(meaning)
    if found is None:
        return isinstance(meaning, _EXACT_FUNCTIONS)
    if found.column.base_type in _EXACT:
        return True
    compared = comparison(condition)
    if compared is None or compared.operator == "like" or not isinstance(compared.subject, exp.Column):
        return False
    return all(isinstance(value, exp.Literal) for value in compared.values)


RULES: tuple[Rule, ...] = (HavingWithoutAggregate(),)
