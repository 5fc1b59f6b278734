"""Conditions that compare an expression of one column with constants, where the column itself could be compared."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from diagnose.advice.comparisons import Comparison, sided
from diagnose.advice.rewrites_columns import bare
from diagnose.advice.rewrites_ranges import DateRange, date_range, month_number, month_range
from diagnose.advice.rewriting import Change
from diagnose.advice.subjects import Bare, Subject
from diagnose.evidence.blocks import Block, Reference, own_columns
from diagnose.evidence.facts import Server
from diagnose.rules.scale import conditions
from diagnose.sql import days_of

_CALENDAR = (exp.Year, exp.Date, exp.TsOrDsToDate, exp.TimeToStr, exp.Extract, exp.DateAdd, exp.DateSub, exp.DateDiff)
_CYCLES = (exp.Month, exp.Quarter, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.Hour, exp.Minute, exp.Week)
_CALLS = frozenset({"UNIX_TIMESTAMP", "ADDDATE", "SUBDATE", "TIMESTAMPADD", "ADDTIME", "SUBTIME", "TIME_TO_SEC"})
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
_TEXTS = (exp.Trim, exp.Concat, exp.Replace, exp.Reverse, exp.Left, exp.Right, exp.Substring)
_LETTERS = (exp.Lower, exp.Upper, exp.Collate)

RANGE = "Compare the column itself with the first value that belongs to it and the first that does not any more."
ARITHMETIC = "Calculate on the constant's side and leave the column alone."
CAST = "Compare the column with a constant of its own type."
COALESCE = "Compare the column itself, with OR … IS NULL where rows without a value belong to it."
EXPRESSION = "Store what is compared (a generated column) and index that, or index the expression where the server can."


@dataclass(frozen=True, eq=False, slots=True)
class Wrapped:
    """``found.subject`` is an expression of ``node``, which stands for ``reference``; ``hint`` is advice in general."""

    block: Block
    found: Comparison
    node: exp.Column
    reference: Reference
    hint: str


def wrapped_columns(block: Block) -> Iterator[Wrapped]:
    """Of the conditions that rows of the block, or of one of its joins, must pass."""
    for conjunct, only in conditions(block):
        for found in sided(conjunct):
            wrapped = _wrapped(block, found)
            if wrapped is not None and (only is None or wrapped.reference.source is only):
                yield wrapped
                break


def _wrapped(block: Block, found: Comparison) -> Wrapped | None:
    columns = list(own_columns(found.subject))
    if len(columns) != 1 or found.subject.find(exp.Query) or not all(_is_constant(block, v) for v in found.values):
        return None
    reference = block.resolve(columns[0])
    if reference is None or reference.outer:
        return None
    column = reference.column
    if isinstance(found.subject, exp.Column):
        hint = RANGE if found.operator == "like" and column.is_moment else None
    elif not (column.is_text or column.is_number or column.is_moment):
        return None
    else:
        hint = _hint(found.subject, reference)
    return Wrapped(block, found, columns[0], reference, hint) if hint is not None else None


def _is_constant(block: Block, value: exp.Expr) -> bool:
    """Whether a value is the same for all rows of the block."""
    if value.find(exp.Query):
        return False
    return all((found := block.resolve(column)) is not None and found.outer for column in own_columns(value))


def _hint(subject: exp.Expr, reference: Reference) -> str | None:
    """What to do in general; None for an expression that must be as it is, or that we know nothing about."""
    column = reference.column
    if isinstance(subject, exp.Paren):
        return _hint(subject.unnest(), reference)
    if isinstance(subject, exp.Collate) and subject.expression.name.lower() == column.collation.lower():
        return None
    if days_of(subject) is not None:
        return RANGE
    call = subject.name.upper() if isinstance(subject, exp.Anonymous) else ""
    if month_number(subject) is not None or isinstance(subject, _CYCLES):
        return EXPRESSION
    if column.is_moment and (
        isinstance(subject, (*_CALENDAR, *_ARITHMETIC, exp.Left, exp.Substring)) or call in _CALLS
    ):
        return RANGE if not isinstance(subject, exp.DateAdd | exp.DateSub | exp.Add | exp.Sub) else ARITHMETIC
    if isinstance(subject, _ARITHMETIC) and column.is_number:
        return ARITHMETIC
    if isinstance(subject, exp.Cast):
        return RANGE if column.is_moment else CAST
    if isinstance(subject, exp.Coalesce):
        return COALESCE
    return EXPRESSION if column.is_text and isinstance(subject, (*_TEXTS, *_LETTERS)) else None


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """``changes`` to the statement's tree; ``needs`` as in ``diagnose.types.Rewrite``."""

    changes: tuple[Change, ...]
    needs: str = ""


def unwrapped(found: list[Wrapped], server: Server) -> Unwrapped | None:
    """The conditions on one column, on the column itself where that means the same; None when none of them can be."""
    changes: list[Change] = []
    needs: list[str] = []
    left = list(found)
    month = _with_month(left, server)
    if month is not None:
        year_of, month_of, made = month
        changes += [(year_of.found.node, made.condition), (month_of.found.node, None)]
        needs.append(made.needs)
        left = [c for c in left if c not in (year_of, month_of)]
    for condition in left:
        replaced = _unwrap(condition, server)
        if replaced is not None:
            changes.append((condition.found.node, replaced.condition))
            needs.append(replaced.needs)
    return Unwrapped(tuple(changes), "; ".join(dict.fromkeys(filter(None, needs)))) if changes else None


def _unwrap(condition: Wrapped, server: Server) -> Bare | DateRange | None:
    column = condition.reference.column
    made = date_range(condition.found, column, incomplete_dates=server.is_mysql_family)
    if made is not None:
        return made
    null_filled = any(source.side for source in condition.block.sources)
    return bare(condition.found, Subject(condition.node, column, server, null_filled))


def _with_month(found: list[Wrapped], server: Server) -> tuple[Wrapped, Wrapped, DateRange] | None:
    """``YEAR(c) = … AND MONTH(c) = …`` together."""
    for month in found:
        if month_number(month.found.subject) is None:
            continue
        for year in found:
            column = month.reference.column
            if _clause(year) is not _clause(month):
                continue
            made = (
                month_range(year.found, month.found, column, incomplete_dates=server.is_mysql_family)
                if column.is_moment
                else None
            )
            if made is not None:
                return year, month, made
    return None


def _clause(condition: Wrapped) -> exp.Expr | None:
    """The WHERE or the join that a condition stands in."""
    return condition.found.node.find_ancestor(exp.Where, exp.Join)
