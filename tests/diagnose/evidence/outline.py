"""Plans as short text, for tests."""

from pathlib import Path

from diagnose.evidence.plan import Plan, PlanNode

PLANS = Path(__file__).parent / "plans"


def recorded(name: str) -> str:
    """A plan that a real server wrote."""
    return (PLANS / f"{name}.json").read_text()


def outline(plan: Plan) -> list[str]:
    """A line for each node: ``  index lookup pb.a_id 5/5 x140.6`` (alias, index, rows given / read, loops)."""
    return list(_lines(plan.root, 0))


def _lines(node: PlanNode, depth: int) -> list[str]:
    words = [node.operation.value, ".".join(filter(None, (node.alias, node.index)))]
    if node.rows is not None or node.rows_read:
        words.append("/".join("?" if n is None else f"{n:g}" for n in (node.rows, node.rows_read)))
    words.append(f"x{node.loops:g}" if node.loops != 1 else "")
    words += ["dependent"] * node.dependent + ["spills"] * node.spills + ["covering"] * node.covering
    line = "  " * depth + " ".join(filter(None, words))
    return [line, *(below for child in node.children for below in _lines(child, depth + 1))]
