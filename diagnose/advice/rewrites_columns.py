"""Conditions on an expression of a column, as the same conditions on the column itself."""

import re
from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from diagnose.advice.comparisons import FLIPPED, Comparison, compared, number_of, text_of
from diagnose.advice.rewrites_moments import moved_days, moved_interval
from diagnose.advice.subjects import Bare, Subject
from diagnose.evidence.facts import Column
from diagnose.wording import shown

_WHOLE = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
_EXACT = _WHOLE | {"decimal", "numeric"}
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?\Z", re.A)
_PLAIN = re.compile(r"[0-9A-Za-z]+\Z", re.A)  # texts that every collation compares letter by letter
_LETTERWISE = re.compile(r"(?:latin1|utf8|utf8mb3|utf8mb4|ascii)_(?:general_ci|bin|swedish_ci)\Z")


def bare(found: Comparison, subject: Subject) -> Bare | None:
    """The comparison without the expression around the column, where that means the same."""
    return next((made for rule in _RULES if (made := rule(found, subject)) is not None), None)


def _arithmetic(found: Comparison, subject: Subject) -> Bare | None:
    """``c + 1 > 10`` as ``c > 9``; of exact numbers only, whose sums are exact."""
    node, column = found.subject, subject.column
    if not isinstance(node, exp.Add | exp.Sub) or column.base_type not in _EXACT or "unsigned" in column.type.lower():
        return None
    left, right = node.left.unnest(), node.right.unnest()
    term = _number(left if right is subject.node else right)
    values = [_number(value) for value in found.values]
    if subject.node not in (left, right) or term is None or None in values or found.operator == "like":
        return None
    negated = isinstance(node, exp.Sub) and right is subject.node  # 10 - c
    shift = -term if isinstance(node, exp.Add) or negated else term
    moved = [-(value + shift) if negated else value + shift for value in values if value is not None]
    return Bare(_same_operator(found, subject.node, [_literal(value) for value in moved], flip=negated))


def _same_operator(found: Comparison, node: exp.Expr, values: list[exp.Expr], *, flip: bool = False) -> exp.Expr:
    if found.operator == "in":
        return exp.In(this=node.copy(), expressions=values)
    if found.operator == "between":
        low, high = reversed(values) if flip else values
        return exp.Between(this=node.copy(), low=low, high=high)
    return compared(node, FLIPPED[found.operator] if flip else found.operator, values[0])


def _coalesce(found: Comparison, subject: Subject) -> Bare | None:
    """``COALESCE(c, 0) > 5``: a row with NULL is kept or not by what stands in its place."""
    node, column = found.subject, subject.column
    if not isinstance(node, exp.Coalesce) or len(node.expressions) != 1 or found.operator not in FLIPPED:
        return None
    kept = _null_is_kept(found, node.expressions[0].unnest(), column)
    if kept is None:
        return None
    alone = compared(subject.node, found.operator, found.value)
    if not kept or not (column.nullable or subject.null_filled):
        return Bare(alone)
    return Bare(exp.or_(alone, exp.Is(this=subject.node.copy(), expression=exp.null()), copy=False, wrap=False))


def _null_is_kept(found: Comparison, instead: exp.Expr, column: Column) -> bool | None:
    """Whether ``instead operator value`` is true; None when only the server can tell."""
    one, other = _number(instead), _number(found.value)
    if column.base_type in _EXACT and one is not None and other is not None:
        return {
            "=": one == other,
            "<": one < other,
            "<=": one <= other,
            ">": one > other,
            ">=": one >= other,
        }[found.operator]
    first, second = text_of(instead), text_of(found.value)
    if not column.is_text or first is None or second is None or found.operator != "=":
        return None
    if first == second:
        return True
    plain = _PLAIN.match(second) and (not first or _PLAIN.match(first))
    return False if plain and first.casefold() != second.casefold() else None


def _cast(found: Comparison, subject: Subject) -> Bare | None:
    """A whole number as text or as a whole number is the number."""
    node, column = found.subject, subject.column
    if not isinstance(node, exp.Cast) or isinstance(node, exp.TryCast) or column.base_type not in _WHOLE:
        return None
    if any(word in column.type.lower() for word in ("zerofill", "(1)")):
        return None
    if node.is_type(*exp.DataType.TEXT_TYPES) and not node.to.expressions and not node.to.args.get("kind"):
        numbers = [text_of(value) for value in found.values]
        canonical = all(n is not None and re.match(r"(?:0|-?[1-9]\d{0,14})\Z", n, re.A) for n in numbers)
        if found.operator not in ("=", "in") or not canonical:
            return None
        return Bare(_same_operator(found, subject.node, [_literal(Decimal(str(n))) for n in numbers]))
    signed = node.is_type("bigint") and "unsigned" not in column.type.lower()
    if signed and all(_number(value) is not None for value in found.values) and found.operator != "like":
        return Bare(_same_operator(found, subject.node, [value.copy() for value in found.values]))
    return None


def _prefix(found: Comparison, subject: Subject) -> Bare | None:
    """``LEFT(c, 3) = 'abc'`` as ``c LIKE 'abc%'``, in collations that compare letter by letter."""
    node, text = found.subject, text_of(found.value)
    length = None
    if isinstance(node, exp.Left):
        length = number_of(node.expression)
    elif isinstance(node, exp.Substring) and number_of(node.args["start"]) == "1" and node.args.get("length"):
        length = number_of(node.args["length"])
    plain = text is not None and _PLAIN.match(text) and length == str(len(text))
    same = subject.server.is_mysql_family and _LETTERWISE.match(subject.column.collation)
    if not plain or not same or found.operator != "=" or not _is_string(subject.column):
        return None
    return Bare(exp.Like(this=subject.node.copy(), expression=exp.Literal.string(f"{text}%")))


def _case(found: Comparison, subject: Subject) -> Bare | None:
    """``LOWER(c) = 'x'`` where the collation does not tell capitals from small letters.

    By test of all characters on MariaDB: in general_ci the signs of ohm, kelvin and ångström differ from their small
    letters, in the collations by Unicode's rules ı from its capital.
    """
    node, column = found.subject, subject.column
    ignores_case = column.collation.endswith("_ci") and subject.server.is_mysql_family and _is_string(column)
    texts = [text_of(value) for value in found.values]
    if not isinstance(node, exp.Lower | exp.Upper) or not ignores_case or found.operator not in ("=", "in", "like"):
        return None
    if any(text is None for text in texts) or (found.operator == "like" and str(texts[0])[:1] in ("%", "_", "")):
        return None
    values = [value.copy() for value in found.values]
    if found.operator == "like":
        made: exp.Expr = found.node.copy()
        made.this.replace(subject.node.copy())
    else:
        made = _same_operator(found, subject.node, values)
    return Bare(
        made, f"{shown(column.name, 64)} has no rare letters whose capitals sort apart, such as ı or the Kelvin sign"
    )


def _binary(found: Comparison, subject: Subject) -> Bare | None:
    """``BINARY c = 'x'`` can only hold where ``c = 'x'`` does, which an index finds."""
    node, column = found.subject, subject.column
    exact = isinstance(node, exp.Cast) and node.is_type("binary", "varbinary") and not node.to.expressions
    padded = isinstance(node, exp.Collate) and node.expression.name.lower().endswith("_bin") and _is_padded(column)
    plain = all(_PLAIN.match(text_of(value) or "") for value in found.values)
    if not (exact or padded) or not plain or found.operator not in ("=", "in") or not _is_string(column):
        return None
    if not subject.server.is_mysql_family:
        return None
    alone = _same_operator(found, subject.node, [value.copy() for value in found.values])
    return Bare(exp.and_(alone, found.node.copy(), copy=False, wrap=False))


def _is_padded(column: Column) -> bool:
    return "0900" not in column.collation and "nopad" not in column.collation


def _is_string(column: Column) -> bool:
    return column.base_type in ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")


def _number(node: exp.Expr) -> Decimal | None:
    text = number_of(node)
    return Decimal(text) if text is not None and _NUMBER.match(text) else None


def _literal(value: Decimal) -> exp.Expr:
    literal = exp.Literal.number(f"{abs(value):f}")
    return exp.Neg(this=literal) if value < 0 else literal


_RULES: tuple[Callable[[Comparison, Subject], Bare | None], ...] = (
    _arithmetic,
    _coalesce,
    _cast,
    _prefix,
    _case,
    _binary,
    moved_interval,
    moved_days,
)
