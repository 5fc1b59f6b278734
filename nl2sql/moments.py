"""Mends of dates: MySQL subtracts them as numbers, and a moment is hardly ever at midnight."""

import re

from sqlglot import exp

from nl2sql.kinds import Kinds, is_now, own
from nl2sql.sources import Names, flat
from nl2sql.words import words


def subtractions(select: exp.Select, types: Kinds, names: Names) -> None:
    """MySQL subtracts dates as numbers (20240301 - 20240229 = 72)."""
    for node in list(own(select, exp.Sub)):
        left, right = types.of(node.this), types.of(node.expression)
        if not {left, right} <= {"date", "moment"}:
            continue
        was = node.sql("mysql")
        if left == right == "moment" and not any(is_now(s) for s in node.unnest_operands()):
            new: exp.Expr = exp.func(
                "TIMESTAMPDIFF", exp.var("SECOND"), node.expression.copy(), node.this.copy(), dialect="mysql"
            )
        else:
            new = exp.DateDiff(this=node.this.copy(), expression=node.expression.copy())
        node.replace(new)
        names.note(f"read {was} as {new.sql('mysql')}")


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def whole_days(select: exp.Select, types: Kinds, names: Names) -> None:
    """A moment against a day: the whole day is meant, not its midnight.

    ``BETWEEN '2026-01-01' AND '2026-02-01'`` may mean January; a span that ends on the first of a month stays.
    """
    for node in list(own(select, exp.EQ, exp.LTE, exp.Between)):
        low, high = (
            (node.args["low"], node.args["high"]) if isinstance(node, exp.Between) else (node.this, node.expression)
        )
        column = node.this
        if types.of(column) != "moment" or not isinstance(column, exp.Column) or not _is_day(high):
            continue
        if high.name.endswith("-01") and not isinstance(node, exp.EQ) and low.name != high.name:
            continue
        until = exp.LT(this=column.copy(), expression=exp.Add(this=_as_date(high), expression=_one_day()))
        was = node.sql("mysql")
        if isinstance(node, exp.LTE):
            new: exp.Expr = until
        else:
            since = high if isinstance(node, exp.EQ) else low
            new = exp.paren(exp.and_(exp.GTE(this=column.copy(), expression=since.copy()), until))
        node.replace(new)
        names.note(f"read {was} as of the whole day")


def _is_day(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and bool(_DAY.fullmatch(node.name))


def _as_date(literal: exp.Expr) -> exp.Expr:
    return exp.Cast(this=literal.copy(), to=exp.DataType.build("date"))


def _one_day() -> exp.Interval:
    return exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))


def years(select: exp.Select, types: Kinds, names: Names) -> None:
    """A whole number against a date: a year is meant."""
    for node in list(own(select, exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)):
        for side, other in (("this", "expression"), ("expression", "this")):
            column, moment = node.args[side], node.args[other]
            named = isinstance(column, exp.Column) and _is_year(column.name)
            if named and types.of(column) == "whole" and types.of(_bare(moment)) in ("date", "moment"):
                node.set(other, exp.Year(this=moment.copy()))
                names.note(f"compared {column.sql('mysql')} with a year")


def _is_year(name: str) -> bool:
    """``birth_year``, ``year_of_birth``; not ``year_start``, which may hold 20260101."""
    return words(name)[-1:] == ["year"] or flat(name).endswith("year") or flat(name).startswith("yearof")


def _bare(node: exp.Expr) -> exp.Expr:
    return node.unnest()
