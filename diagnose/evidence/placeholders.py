"""Values in the place of ``?``, so that a statement whose values are not known has a plan all the same."""

from sqlglot import exp

from diagnose.evidence.blocks import Block, find_blocks
from diagnose.evidence.facts import Column, Schema

NOTE = "The values of ? are not known: the plan is made with samples of their columns' types."


def with_samples(tree: exp.Expr, schema: Schema) -> exp.Expr | None:
    """A copy with a literal for each placeholder; None when there is none."""
    if tree.find(exp.Placeholder) is None:
        return None
    tree = tree.copy()
    blocks = {id(block.node): block for block in find_blocks(tree, schema)}
    for node in list(tree.find_all(exp.Placeholder)):
        around = node.find_ancestor(exp.Select, exp.Update, exp.Delete)
        node.replace(_sample(node, blocks.get(id(around))))
    return tree


def _sample(node: exp.Placeholder, block: Block | None) -> exp.Expr:
    parent = node.parent
    if isinstance(parent, (exp.Limit, exp.Offset, exp.Fetch)):
        return exp.Literal.number(10)
    column = _compared(parent, block) if parent is not None and block is not None else None
    if column is not None and column.is_moment:
        return exp.Literal.string("2026-01-01")
    if column is not None and column.is_text:
        return exp.Literal.string("a%" if isinstance(parent, exp.Like) else "a")
    return exp.Literal.number(1)


def _compared(parent: exp.Expr, block: Block) -> Column | None:
    """The column beside it in a comparison."""
    beside = [part for part in parent.iter_expressions() if isinstance(part, exp.Column)]
    reference = block.resolve(beside[0]) if beside else None
    return reference.column if reference is not None else None
