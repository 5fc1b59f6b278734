"""UNION where UNION ALL gives the same."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.comparisons import number_of, text_of
from diagnose.advice.determinism import aggregates
from diagnose.advice.rewrites_shapes import keep_all
from diagnose.evidence.blocks import Block, Reference
from diagnose.evidence.evidence import Evidence
from diagnose.rules.scale import SMALL_ROWS
from diagnose.types import Finding, Rewrite, Rule, Severity

MOST_QUERIES = 50  # each is compared with each
_PLAIN = re.compile(r"[0-9A-Za-z]+\Z", re.A)  # texts that every collation compares letter by letter


class UnionInsteadOfUnionAll:
    """UNION looks for duplicates that cannot be there."""

    code: ClassVar[str] = "union-instead-of-union-all"
    title: ClassVar[str] = "UNION has no duplicates to remove"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        by_node = {id(block.node): block for block in evidence.blocks}
        for union in evidence.tree.find_all(exp.Union):
            inside = union.find_ancestor(exp.Union)
            if inside is None or inside.args.get("limit") or not _is_chain(inside):
                finding = self._finding(evidence, union, by_node)
                if finding is not None:
                    yield finding

    def _finding(self, evidence: Evidence, union: exp.Union, by_node: dict[int, Block]) -> Finding | None:
        blocks = [by_node.get(id(node)) for node in branches_of(union)]
        known = [block for block in blocks if block is not None]
        if (
            len(known) != len(blocks)
            or len(known) > MOST_QUERIES
            or not _is_chain(union)
            or union.args.get("limit")
            or union.args.get("offset")
        ):
            return None
        # In a recursive CTE the duplicates that UNION removes are what ends it.
        if union.find_ancestor(exp.CTE) is not None or not all(_has_no_duplicates(block) for block in known):
            return None
        if not all(_are_disjoint(one, other) for one, other in combinations(known, 2)):
            return None
        rows = sum(max((s.table.rows or 0.0 for s in block.sources if s.table), default=0.0) for block in known)
        if rows < SMALL_ROWS:
            return None
        sql = keep_all(evidence.tree, [u for u in union.find_all(exp.Union) if _belongs(u, union)])
        tables = dict.fromkeys(s.table.name for block in known for s in block.sources if s.table is not None)
        return Finding(
            self.code,
            Severity.LOW,
            f"UNION collects and compares the rows of its {len(known)} queries, although none can come twice.",
            "each query gives different rows, and a constant or a condition tells the queries' rows apart",
            "Use UNION ALL, which passes the rows on as they come.",
            Rewrite(sql) if sql is not None else None,
            tuple(tables),
        )


def _is_chain(union: exp.Expr) -> bool:
    """Whether all unions of the chain remove duplicates."""
    node = union.unnest()
    if not isinstance(node, exp.Union):
        return not isinstance(node, exp.SetOperation)
    return bool(node.args.get("distinct", True)) and _is_chain(node.left) and _is_chain(node.right)


def _belongs(inner: exp.Expr, chain: exp.Expr) -> bool:
    """Whether a UNION is part of the chain, not of a query inside of it."""
    here: exp.Expr | None = inner
    while here is not None and here is not chain:
        here = here.parent
        if not isinstance(here, exp.Union | exp.Subquery | exp.Paren):
            return False
    return here is chain


def _has_no_duplicates(block: Block) -> bool:
    node = block.node
    if node.args.get("distinct") is not None and not node.args["distinct"].args.get("on"):
        return True
    group = node.args.get("group")
    outputs = _outputs(node)
    if group is not None:
        plain = not any(group.args.get(name) for name in ("rollup", "cube", "grouping_sets", "totals"))
        return plain and bool(outputs) and all(any(key == o for o in outputs) for key in group.expressions)
    if any(aggregates(o) for o in outputs):
        return True
    return _has_unique_key(block, outputs)


def _has_unique_key(block: Block, outputs: list[exp.Expr]) -> bool:
    """Whether the outputs hold a unique key that is never NULL of the only table."""
    if len(block.sources) != 1 or block.sources[0].table is None or block.sources[0].table.view:
        return False
    table = block.sources[0].table
    found = [block.resolve(output) for output in outputs]
    given = {r.column.name.casefold() for r in found if r is not None and not r.outer}
    for index in table.indexes:
        columns = [table.column(name) for name in index.columns]
        whole = index.unique and not index.predicate and not any(index.prefixes)
        if whole and all(c is not None and not c.nullable and c.name.casefold() in given for c in columns):
            return True
    return False


def _are_disjoint(one: Block, other: Block) -> bool:
    """Whether no row of one query can equal a row of the other: some output is never the same."""
    mine, its = _outputs(one.node), _outputs(other.node)
    if not mine or len(mine) != len(its):
        return False
    if any(_differ(_held(one, a), _held(other, b)) for a, b in zip(mine, its, strict=True)):
        return True
    return _same_table_apart(one, other, mine, its)


def _held(block: Block, output: exp.Expr) -> exp.Expr | None:
    """The literal that an output is, or that a condition holds its column to."""
    if isinstance(output, exp.Literal):
        return output
    wanted = block.resolve(output)
    return _fixed_value(block, wanted) if wanted is not None else None


def _fixed_value(block: Block, wanted: Reference) -> exp.Expr | None:
    for condition in block.where:
        if isinstance(condition, exp.EQ):
            for side, value in ((condition.this, condition.expression), (condition.expression, condition.this)):
                found = block.resolve(side.unnest())
                same = found is not None and found.source is wanted.source and found.column is wanted.column
                if same and isinstance(value, exp.Literal) and value.is_string == wanted.column.is_text:
                    return value
    return None


def _differ(one: exp.Expr | None, other: exp.Expr | None) -> bool:
    """Whether two literals are different under every collation and every conversion."""
    if one is None or other is None:
        return False
    numbers = number_of(one), number_of(other)
    if numbers[0] is not None and numbers[1] is not None:
        return all(n.isdigit() and len(n) < 16 for n in numbers if n) and int(numbers[0]) != int(numbers[1])
    texts = text_of(one), text_of(other)
    plain = all(text is not None and _PLAIN.match(text) for text in texts)
    return plain and str(texts[0]).casefold() != str(texts[1]).casefold()


def _same_table_apart(one: Block, other: Block, mine: list[exp.Expr], its: list[exp.Expr]) -> bool:
    """Rows of one table told apart by a condition, with its unique key in the same places."""
    tables = [block.sources[0].table for block in (one, other) if len(block.sources) == 1]
    if len(tables) != 2 or tables[0] is None or tables[0] is not tables[1]:
        return False
    pairs = [(one.resolve(a), other.resolve(b)) for a, b in zip(mine, its, strict=True)]
    shared = [a for (a, b), node in zip(pairs, mine, strict=True) if a and b and a.column is b.column and node]
    keys = [exp.column(r.column.name) for r in shared]
    if not _has_unique_key(one, list(keys)):
        return False
    source = one.sources[0], other.sources[0]
    table = tables[0]
    return any(
        _differ(
            _fixed_value(one, Reference(source[0], table, column)),
            _fixed_value(other, Reference(source[1], table, column)),
        )
        for column in table.columns
    )


def branches_of(union: exp.Expr) -> Iterator[exp.Expr]:
    """The queries of a chain of UNIONs, without parentheses around them."""
    node = union.unnest()
    if isinstance(node, exp.Union):
        yield from branches_of(node.left)
        yield from branches_of(node.right)
    else:
        yield node


def _outputs(select: exp.Expr) -> list[exp.Expr]:
    """What a SELECT gives, without aliases; empty where a star hides it."""
    found = [e.unalias() for e in select.expressions]
    return [] if any(e.find(exp.Star) and not isinstance(e, exp.Count) for e in found) else found


RULES: tuple[Rule, ...] = (UnionInsteadOfUnionAll(),)
