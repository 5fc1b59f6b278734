"""What share of a table's rows a statement's constants leave: counted on a few thousand of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from diagnose.advice.usage import Usage, usages
from diagnose.evidence.blocks import conjuncts
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.verification.sampling import anywhere
from plugins import Session, UpstreamError

ROWS = 2_000
LIMIT_S = 1.0
MOST_CONDITIONS = 50
# A few rows of another engine's table may be all of a table elsewhere.
ENGINES = frozenset({"innodb", "myisam", "aria", "rocksdb"})


@dataclass(frozen=True)
class Share:
    """Of a table's rows, 0 to 1: what all conditions on it alone leave, and those on each of its columns."""

    together: float
    columns: Mapping[str, float] = field(default_factory=dict)


async def measure(session: Session, evidence: Evidence) -> list[Share | None]:
    """Of each of ``usages(evidence)``; None for one without conditions, and for a table that cannot be read."""
    return [await _of(session, use) for use in usages(evidence)]


async def _of(session: Session, use: Usage) -> Share | None:
    implied = [part for node in use.block.filters for part in _implied(use, node)]
    conditions = [(_columns(use, node), node) for node in implied]
    own = use.table.engine.casefold() in ENGINES
    if not own or not conditions or len(conditions) > MOST_CONDITIONS:
        return None
    named = sorted({next(iter(names)) for names, _ in conditions if len(names) == 1})
    wanted = [[node for _, node in conditions]]
    wanted += [[node for names, node in conditions if names == {name}] for name in named]
    sums = [exp.func("SUM", exp.Paren(this=exp.and_(*nodes))) for nodes in wanted]
    try:
        rows = sqlglot.parse_one(await anywhere(session.query, use.table, ROWS), dialect="mysql")
        assert isinstance(rows, exp.Query)
        counting = exp.select(exp.Count(this=exp.Star()), *sums).from_(rows.subquery(use.alias))
        found = await session.query(explainable(counting)[0], time_limit_s=LIMIT_S)
    except (UpstreamError, Unsafe, SqlglotError):
        return None  # then it is guessed
    count, *hits = (float(str(value or 0)) for value in found.rows[0])
    if not count:
        return None
    # No row of the sample is not none of the table.
    together, *each = (max(hit, 0.5) / count for hit in hits)
    return Share(together, dict(zip(named, each, strict=True)))


def _implied(use: Usage, node: exp.Expr) -> list[exp.Expr]:
    """What a condition says of the source alone: of an OR, what each side says of it."""
    if _columns(use, node):
        return [node]
    if not isinstance(node, exp.Or):
        return []
    sides = [[part for part in conjuncts(side) if _columns(use, part)] for side in node.flatten()]
    return [exp.or_(*(exp.and_(*parts) for parts in sides))] if all(sides) else []


def _columns(use: Usage, node: exp.Expr) -> set[str]:
    """The columns of the source that a condition is about; none when it is about anything else too."""
    if node.find(exp.Query, exp.Placeholder, exp.Parameter, exp.SessionParameter) is not None:
        return set()
    found = [use.block.resolve(column) for column in node.find_all(exp.Column)]
    if any(each is None or each.source is not use.source for each in found):
        return set()
    return {each.column.name for each in found if each is not None}
