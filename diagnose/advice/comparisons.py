"""A condition that compares one thing with constants, in one shape."""

from dataclasses import dataclass

from sqlglot import exp

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NullSafeEQ: "=",  # a condition keeps a row only when it is true: NULL and false are alike
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NODES: dict[str, type[exp.Binary]] = {"=": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """``subject operator values``. ``operator``: ``= < <= > >= between in like``; ``between`` has two values."""

    node: exp.Expr
    subject: exp.Expr
    operator: str
    values: tuple[exp.Expr, ...]

    @property
    def value(self) -> exp.Expr:
        """The first."""
        return self.values[0]

    def flipped(self) -> "Comparison":
        """With the sides of ``=``, ``<`` … in the other order."""
        return Comparison(self.node, self.value, FLIPPED[self.operator], (self.subject,))


def comparison(node: exp.Expr) -> Comparison | None:
    """What a conjunct compares, its left side as subject; None for other conditions, negated ones too."""
    operator = _OPERATORS.get(type(node))
    if operator is not None:
        return Comparison(node, node.this.unnest(), operator, (node.expression.unnest(),))
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        return Comparison(node, node.this.unnest(), "between", (node.args["low"].unnest(), node.args["high"].unnest()))
    if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
        return Comparison(node, node.this.unnest(), "in", tuple(value.unnest() for value in node.expressions))
    if isinstance(node, exp.Like) and not node.args.get("negate"):
        return Comparison(node, node.this.unnest(), "like", (node.expression.unnest(),))
    return None


def sided(node: exp.Expr) -> list[Comparison]:
    """Both ways to read a conjunct: ``a = b`` also as ``b = a``."""
    found = comparison(node)
    if found is None:
        return []
    return [found, found.flipped()] if found.operator in FLIPPED else [found]


def compared(column: exp.Expr, operator: str, value: exp.Expr) -> exp.Expr:
    """``column operator value``, of copies."""
    return _NODES[operator](this=column.copy(), expression=value.copy())


def ranged(column: exp.Expr, lower: exp.Expr | None, upper: exp.Expr | None) -> exp.Expr:
    """``column >= lower AND column < upper``; one of both may be missing."""
    parts = [compared(column, ">=", lower)] if lower is not None else []
    parts += [compared(column, "<", upper)] if upper is not None else []
    return exp.and_(*parts, copy=False, wrap=False)


def number_of(node: exp.Expr) -> str | None:
    """The digits of a number literal, with its sign; None for anything else."""
    if isinstance(node, exp.Neg):
        inner = number_of(node.this)
        return None if inner is None else inner[1:] if inner.startswith("-") else f"-{inner}"
    if isinstance(node, exp.Literal) and not node.is_string:
        return str(node.this)
    return None


def text_of(node: exp.Expr) -> str | None:
    """The value of a text literal; None for anything else."""
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None
