"""Whether a piece of a statement has one value however often, and wherever, it is computed."""

from sqlglot import exp

_CHANGING = (
    exp.Rand,
    exp.Uuid,
    exp.Parameter,
    exp.SessionParameter,
    exp.PropertyEQ,
    exp.NextValueFor,
    exp.Placeholder,
)
_CONSTANT_CALLS = frozenset({"NOW", "CURDATE", "UTC_DATE", "UTC_TIMESTAMP", "DATABASE", "VERSION"})


def is_deterministic(*nodes: exp.Expr) -> bool:
    """Of literals, columns and functions that are known to depend on their arguments alone.

    A function by a name that sqlglot does not know may be anybody's: it counts as one that changes.
    """
    for node in nodes:
        if node.find(*_CHANGING) is not None:
            return False
        if any(call.name.upper() not in _CONSTANT_CALLS for call in node.find_all(exp.Anonymous)):
            return False
    return True


def aggregates(node: exp.Expr) -> bool:
    """Whether ``node`` holds an aggregate or a window function of its own, not one of a query in it."""
    inside = node.walk(prune=lambda n: n is not node and isinstance(n, exp.Query))
    return any(isinstance(found, exp.AggFunc | exp.Window) for found in inside)
