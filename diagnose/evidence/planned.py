"""The query whose plan stands for a statement: a SELECT itself, of the others the SELECT of the rows that they touch.

EXPLAIN UPDATE and EXPLAIN DELETE are refused in the READ ONLY transaction that evidence is read in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

_NOTHING = "an INSERT of values reads no table"


class NothingToPlan(Exception):
    """The statement reads nothing: a phrase."""


@dataclass(frozen=True, slots=True)
class Planned:
    """``query``: a copy. ``besides``: what the statement evaluates and the query leaves out, such as new values."""

    query: exp.Query
    besides: tuple[exp.Expr, ...] = ()
    notes: tuple[str, ...] = ()


def planned_query(tree: exp.Expr) -> Planned:
    """What is to be planned for a statement. Raises ``NothingToPlan``."""
    notes: list[str] = []
    besides = tuple(_besides(tree))
    tree = tree.copy()
    if isinstance(tree, exp.Insert):
        query = _of_insert(tree)
        notes.append("The plan is that of the SELECT that is inserted.")
    elif isinstance(tree, (exp.Update, exp.Delete)):
        query = _of_rows(tree)
        notes.append(f"The plan is that of a SELECT of the rows that the {tree.key.upper()} touches.")
    elif isinstance(tree, exp.Query):
        query = tree
    else:
        raise NothingToPlan("it reads no table")
    hints = [node for node in query.find_all(exp.Select) if _without(node, "hint")]
    if hints:
        notes.append("The plan is made without the optimizer hints of the statement.")
    for node in query.find_all(exp.Query):
        _without(node, "locks")
    return Planned(query, besides, tuple(notes))


def _besides(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, exp.Update):
        yield from (assignment.expression for assignment in tree.expressions if isinstance(assignment, exp.EQ))
    for part in (tree.args.get("conflict"), tree.args.get("returning")):
        yield from part.expressions if isinstance(part, exp.Expr) else ()


def _without(node: exp.Expr, part: str) -> bool:
    had = bool(node.args.get(part))
    if had:
        node.set(part, None)
    return had


def _of_insert(tree: exp.Insert) -> exp.Query:
    inner = tree.expression
    if isinstance(inner, exp.Subquery):
        inner = inner.this
    if not isinstance(inner, exp.Query) or isinstance(inner, exp.Values):
        raise NothingToPlan(_NOTHING)
    _take_with(tree, inner)
    return inner


def _of_rows(tree: exp.Update | exp.Delete) -> exp.Query:
    select = exp.Select(expressions=[exp.Star()])
    first = tree.this
    joins = list(tree.args.get("joins") or ())
    using = tree.args.get("using") if isinstance(tree, exp.Delete) else None
    if using:
        first, *others = using
        joins += [exp.Join(this=other) for other in others]
    if first is None:
        raise NothingToPlan("it names no table")
    # The parser hangs the joins of UPDATE and DELETE on the first table.
    joins = list(first.args.get("joins") or ()) + joins
    first.set("joins", None)
    select.set("from_", exp.From(this=first))
    select.set("joins", joins or None)
    for part in ("where", "order", "limit"):
        select.set(part, tree.args.get(part))
    if isinstance(tree, exp.Update):
        for number, assignment in enumerate(tree.expressions):
            value = assignment.expression if isinstance(assignment, exp.EQ) else None
            if value is not None and value.find(exp.Query):
                select.append("expressions", exp.alias_(value, f"value_{number + 1}"))
    _take_with(tree, select)
    return select


def _take_with(tree: exp.Expr, query: exp.Query) -> None:
    """CTEs that stand before INSERT, UPDATE or DELETE."""
    before = tree.args.get("with_")
    if before is None:
        return
    inside = query.args.get("with_")
    if inside is not None:
        before.set("expressions", [*before.expressions, *inside.expressions])
    query.set("with_", before)
