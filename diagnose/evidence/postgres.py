"""PostgreSQL's EXPLAIN (FORMAT JSON), with and without ANALYZE.

https://www.postgresql.org/docs/15/using-explain.html. ``Plan Rows`` and ``Actual Rows`` are for one execution of a
node, in a parallel part for one process.
"""

import re
from dataclasses import replace
from typing import Any

from diagnose.evidence import shape
from diagnose.evidence.plan import ACCESS, Operation, Plan, PlanNode
from diagnose.evidence.shape import Budget, Shape

_STEPS = {
    "Seq Scan": Operation.FULL_SCAN,
    "Sample Scan": Operation.FULL_SCAN,
    "Foreign Scan": Operation.FULL_SCAN,
    "Bitmap Heap Scan": Operation.BITMAP,
    "Tid Scan": Operation.UNIQUE_LOOKUP,
    "Tid Range Scan": Operation.INDEX_RANGE,
    "Nested Loop": Operation.NESTED_LOOP,
    "Hash Join": Operation.HASH_JOIN,
    "Merge Join": Operation.MERGE_JOIN,
    "Sort": Operation.SORT,
    "Incremental Sort": Operation.SORT,
    "Aggregate": Operation.AGGREGATE,
    "Group": Operation.AGGREGATE,
    "Unique": Operation.AGGREGATE,
    "SetOp": Operation.AGGREGATE,
    "WindowAgg": Operation.WINDOW,
    "Materialize": Operation.MATERIALIZE,
    "Memoize": Operation.MATERIALIZE,
    "CTE Scan": Operation.MATERIALIZE,
    "WorkTable Scan": Operation.MATERIALIZE,
    "Append": Operation.UNION,
    "Merge Append": Operation.UNION,
    "Recursive Union": Operation.UNION,
    "Limit": Operation.LIMIT,
    "Result": Operation.RESULT,
    "Values Scan": Operation.RESULT,
    "Function Scan": Operation.RESULT,
    "ModifyTable": Operation.MODIFY,
}
_CONDITIONS = ("Filter", "Join Filter", "Hash Cond", "Merge Cond")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_EQUALITY = re.compile(r"(?<![<>!])=")
_RANGE = re.compile(r"<|>|~|&&|@|\bANY\b")
# A column stands before an operator, perhaps with a cast around it: (id = 4), ((st)::text = 'x'::text).
_COLUMN = re.compile(r"""(?:^|AND )\(+("(?:[^"]|"")+"|[^\W\d][\w$]*)\)?(?:::[\w ]+\)?)?\s*(?:=|<|>|~|&&|@|IS\b)""")


def read_plan(text: str) -> Plan:
    """The plan. Raises ValueError."""
    document = shape.load(text)
    found = document[0] if isinstance(document, list) and document else document
    top = found.get("Plan") if isinstance(found, dict) else None
    if not isinstance(top, dict) or "Node Type" not in top:
        raise ValueError("the plan has no Plan")
    root = _Reader().node(top, 1.0, 0)
    return Plan(root, cost=root.cost, text=text, analyzed="Actual Loops" in top)


class _Reader:
    def __init__(self) -> None:
        self._budget = Budget()

    def node(self, found: Shape, loops: float, depth: int) -> PlanNode:
        """One node and what is below it; ``loops``: how often it runs, times the processes that share it."""
        self._budget.spend(depth)
        native = shape.text(found.get("Node Type"))
        operation = _operation(native, found)
        relation = shape.name(found.get("Relation Name"))
        below = shape.shapes(found.get("Plans"))
        bitmap = _bitmap_index(below) if operation is Operation.BITMAP else {}
        rows, read = shape.number(found.get("Plan Rows")), _rows_read(found, operation)
        return PlanNode(
            operation,
            f"Parallel {native}" if found.get("Parallel Aware") is True else native,
            table=relation,
            alias=shape.name(found.get("Alias")) or relation,
            index=shape.name(found.get("Index Name")) or shape.name(bitmap.get("Index Name")),
            key_parts=_columns(found.get("Index Cond") or bitmap.get("Index Cond")),
            condition=next((shape.text(found[key]) for key in _CONDITIONS if key in found), ""),
            index_condition=shape.text(found.get("Index Cond") or bitmap.get("Index Cond")),
            sort_keys=shape.parts(found.get("Sort Key")),
            rows=rows,
            rows_read=read,
            loops=loops,
            cost=shape.number(found.get("Total Cost")),
            covering=native == "Index Only Scan",
            spills=_spills(found),
            actual_rows=shape.number(found.get("Actual Rows")),
            actual_loops=shape.number(found.get("Actual Loops")),
            actual_seconds=_seconds(found),
            children=tuple(self._children(found, native, loops, rows, depth)),
        )

    def _children(self, found: Shape, native: str, loops: float, rows: float | None, depth: int) -> list[PlanNode]:
        below = shape.shapes(found.get("Plans"))
        each = loops * _processes(found) if native.startswith("Gather") else loops
        outer = next((item for item in below if item.get("Parent Relationship") == "Outer"), {})
        outer_rows = shape.number(outer.get("Plan Rows"))
        nodes: list[PlanNode] = []
        for item in below:
            relation = item.get("Parent Relationship")
            if relation in ("InitPlan", "SubPlan"):
                nodes.append(self._subplan(item, loops, rows, depth, _hashed(item, found)))
                continue
            again = native == "Nested Loop" and relation == "Inner"
            inner = each * max(outer_rows or 1.0, 1.0) if again else each
            if again and item.get("Node Type") == "Materialize":
                nodes.append(self._kept(item, inner, each, depth))
            else:
                nodes.append(self.node(item, inner, depth + 1))
        return nodes

    def _kept(self, found: Shape, loops: float, once: float, depth: int) -> PlanNode:
        """Read again for each outer row, but what is below is read once."""
        below = [self.node(item, once, depth + 2) for item in shape.shapes(found.get("Plans"))]
        node = self.node({**found, "Plans": []}, loops, depth + 1)
        return replace(node, children=tuple(below))

    def _subplan(self, found: Shape, loops: float, rows: float | None, depth: int, hashed: bool) -> PlanNode:
        name = shape.text(found.get("Subplan Name"))
        dependent = found.get("Parent Relationship") == "SubPlan" and not hashed
        below = self.node(found, loops * max(rows or 1.0, 1.0) if dependent else 1.0, depth + 1)
        operation = Operation.MATERIALIZE if name.startswith("CTE ") else Operation.SUBQUERY
        return PlanNode(
            operation, name, rows_read=0.0, rows=below.rows, loops=below.loops, dependent=dependent, children=(below,)
        )


def _operation(native: str, found: Shape) -> Operation:
    if native not in ("Index Scan", "Index Only Scan"):
        return _STEPS.get(native, Operation.OTHER)
    condition = shape.text(found.get("Index Cond"))
    if not condition:
        return Operation.INDEX_SCAN
    only_equal = _EQUALITY.search(condition) and not _RANGE.search(_LITERAL.sub("''", condition))
    return Operation.INDEX_LOOKUP if only_equal else Operation.INDEX_RANGE


def _rows_read(found: Shape, operation: Operation) -> float | None:
    """Without a filter a scan reads what it gives; with one only ANALYZE tells, and the size of the table."""
    if operation not in ACCESS:
        return 0.0
    removed = shape.first_number(found, "Rows Removed by Filter")
    actual = shape.number(found.get("Actual Rows"))
    if removed is not None and actual is not None:
        return actual + removed
    return None if "Filter" in found else shape.number(found.get("Plan Rows"))


def _processes(found: Shape) -> float:
    """How many processes share the rows, as the planner counts them (get_parallel_divisor)."""
    workers = shape.first_number(found, "Workers Launched", "Workers Planned") or 0.0
    return workers + max(1.0 - 0.3 * workers, 0.0)


def _hashed(subplan: Shape, above: Shape) -> bool:
    """A sub-plan that is run once, its rows kept in a hash table; only the expression that uses it says so."""
    word = f"hashed {shape.text(subplan.get('Subplan Name'))}"
    return any(re.search(re.escape(word) + r"\b", shape.text(above.get(key))) for key in (*_CONDITIONS, "Index Cond"))


def _bitmap_index(below: list[Shape]) -> Shape:
    """The first index scan under a bitmap heap scan."""
    pending = list(below)
    for _ in range(50):
        if not pending:
            break
        item = pending.pop(0)
        if item.get("Node Type") == "Bitmap Index Scan":
            return item
        pending += shape.shapes(item.get("Plans"))
    return {}


def _columns(condition: Any) -> tuple[str, ...]:
    """The columns that an index condition names, each once."""
    matches: list[str] = _COLUMN.findall(_LITERAL.sub("''", shape.text(condition)))
    found = [match[1:-1].replace('""', '"') if match.startswith('"') else match for match in matches]
    return tuple(dict.fromkeys(found))


def _spills(found: Shape) -> bool:
    on_disk = found.get("Sort Space Type") == "Disk" or (shape.number(found.get("Disk Usage")) or 0) > 0
    return on_disk or (shape.number(found.get("Hash Batches")) or 0) > 1


def _seconds(found: Shape) -> float | None:
    total, loops = shape.number(found.get("Actual Total Time")), shape.number(found.get("Actual Loops"))
    return None if total is None or loops is None else total * loops / 1000.0
