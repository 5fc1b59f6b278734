"""When a statement that finds the same rows in another way gives the same result."""

from sqlglot import exp

from diagnose.evidence.blocks import Block
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.grouping import arbitrary
from diagnose.evidence.scope import Scope, varies

# Their result depends on the order in which rows come.
_ORDERED = (exp.Window, exp.JSONObjectAgg, exp.AnyValue)


def keeps_result(evidence: Evidence, block: Block, *, total: bool) -> bool:
    """Whether another way to the same rows of ``block`` cannot change what the statement gives.

    ``total``: ORDER BY leaves no doubt which rows the block's own LIMIT takes.
    """
    tree = evidence.tree
    if not isinstance(tree, exp.Query) or any(node.args.get("locks") for node in tree.find_all(exp.Select)):
        return False
    if varies(tree) or any(isinstance(node, _ORDERED) or _unordered_list(node) for node in tree.walk()):
        return False
    if _limited(block.node) and not total:
        return False
    around = block.node.parent
    while around is not None:
        if _limited(around):
            return False
        around = around.parent
    return not any(arbitrary(Scope(evidence, found)) for found in evidence.blocks)


def _limited(node: exp.Expr) -> bool:
    return bool(node.args.get("limit") or node.args.get("offset"))


def _unordered_list(node: exp.Expr) -> bool:
    return isinstance(node, exp.GroupConcat) and node.find(exp.Order) is None
