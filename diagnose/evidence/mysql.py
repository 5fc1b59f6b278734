"""MySQL's EXPLAIN FORMAT=JSON: format version 1, and version 2 (explain_json_format_version, also EXPLAIN ANALYZE).

https://dev.mysql.com/doc/refman/8.4/en/explain.html#explain-execution-plan. Version 2 has the steps of the iterator
executor: ``access_type`` says what one does, ``inputs`` what it reads.
"""

from dataclasses import replace

from diagnose.evidence import shape
from diagnose.evidence.nested import read_steps
from diagnose.evidence.plan import ACCESS, Operation, Plan, PlanNode
from diagnose.evidence.shape import Budget, Shape

_STEPS = {
    "filter": Operation.FILTER,
    "sort": Operation.SORT,
    "limit": Operation.LIMIT,
    "aggregate": Operation.AGGREGATE,
    "window": Operation.WINDOW,
    "materialize": Operation.MATERIALIZE,
    "temp_table": Operation.TEMPORARY,
    "temp_table_aggregate": Operation.AGGREGATE,
    "remove_duplicates": Operation.AGGREGATE,
    "remove_duplicates_from_groups": Operation.AGGREGATE,
    "weedout": Operation.AGGREGATE,
    "append": Operation.UNION,
    "materialize_union": Operation.UNION,
    "stream": Operation.OTHER,
    "rows_fetched_before_execution": Operation.UNIQUE_LOOKUP,  # const tables
    "constant_row": Operation.UNIQUE_LOOKUP,
    "zero_rows": Operation.RESULT,
    "zero_rows_aggregated": Operation.RESULT,
    "count_rows": Operation.FULL_SCAN,
    "delete_rows": Operation.MODIFY,
    "update_rows": Operation.MODIFY,
    "insert_values": Operation.MODIFY,
    "insert_from": Operation.MODIFY,
    "replace_values": Operation.MODIFY,
}
_INDEX = {
    "index_lookup": Operation.INDEX_LOOKUP,
    "pushed_join_ref": Operation.INDEX_LOOKUP,
    "multi_range_read": Operation.INDEX_LOOKUP,
    "full_text_search": Operation.INDEX_LOOKUP,
    "index_scan": Operation.INDEX_SCAN,
    "index_range_scan": Operation.INDEX_RANGE,
    "dynamic_index_range_scan": Operation.INDEX_RANGE,
    "group_index_skip_scan": Operation.INDEX_RANGE,
    "index_skip_scan": Operation.INDEX_RANGE,
    "index_merge": Operation.BITMAP,
    "rowid_intersection": Operation.BITMAP,
    "rowid_union": Operation.BITMAP,
}


def read_plan(text: str) -> Plan:
    """The plan; with format version 1 names of tables are the statement's aliases. Raises ValueError."""
    document = shape.load(text)
    if not isinstance(document, dict):
        raise ValueError("the plan is no object")
    block = document.get("query_block")
    if isinstance(block, dict):
        info = block.get("cost_info")
        cost = shape.number(info.get("query_cost")) if isinstance(info, dict) else None
        return Plan(read_steps(block), cost=cost, text=text)
    top = document.get("query_plan", document)
    if not isinstance(top, dict) or not ("operation" in top or "access_type" in top):
        raise ValueError("the plan has no step")
    root = _Iterators().node(top, 1.0, 0)
    return Plan(root, cost=root.cost, text=text, analyzed=root.actual_loops is not None)


class _Iterators:
    def __init__(self) -> None:
        self._budget = Budget()

    def node(self, found: Shape, loops: float, depth: int) -> PlanNode:
        """One step and what it reads; ``loops``: how often it runs."""
        self._budget.spend(depth)
        operation = _operation(found)
        rows = shape.number(found.get("estimated_rows"))
        reads = operation in ACCESS
        table = shape.name(found.get("table_name"))
        node = PlanNode(
            operation,
            shape.text(found.get("operation")),
            table=table if reads else "",
            alias=(shape.name(found.get("alias")) or table) if reads else "",
            index=shape.name(found.get("index_name")),
            key_parts=_key_parts(found),
            condition="" if reads else shape.text(found.get("condition")),
            index_condition=shape.text(found.get("lookup_condition"))
            or " AND ".join(shape.parts(found.get("ranges")))
            or shape.text(found.get("pushed_index_condition")),
            sort_keys=shape.parts(found.get("sort_fields")),
            rows=rows,
            rows_read=rows if reads else 0.0,
            loops=loops,
            cost=shape.first_number(found, "estimated_total_cost"),
            covering=found.get("covering") is True,
            dependent=found.get("dependent") is True,
            actual_rows=shape.number(found.get("actual_rows")),
            actual_loops=shape.number(found.get("actual_loops")),
            actual_seconds=_seconds(found),
            children=tuple(self._inputs(found, operation, loops, depth)),
        )
        return _filtered(node) if operation is Operation.FILTER else node

    def _inputs(self, found: Shape, operation: Operation, loops: float, depth: int) -> list[PlanNode]:
        nodes: list[PlanNode] = []
        outer = loops
        for item in shape.shapes(found.get("inputs")):
            heading = shape.text(item.get("heading")).lower()
            if "subquery" in heading or item.get("subquery") is True:
                read = nodes[0].rows if nodes else shape.number(found.get("estimated_rows"))
                nodes.append(self._subquery(item, heading, loops * max(read or 1.0, 1.0), depth))
                continue
            node = self.node(item, outer, depth + 1)
            nodes.append(node)
            if operation is Operation.NESTED_LOOP:
                outer *= node.rows if node.rows is not None else 1.0
        return nodes

    def _subquery(self, found: Shape, heading: str, loops: float, depth: int) -> PlanNode:
        """``loops``: how often it runs when it depends on the rows outside."""
        dependent = "dependent" in heading or found.get("dependent") is True
        below = self.node(found, loops if dependent else 1.0, depth + 1)
        return PlanNode(
            Operation.SUBQUERY,
            heading or "subquery",
            rows_read=0.0,
            loops=below.loops,
            dependent=dependent,
            children=(below,),
        )


def _filtered(node: PlanNode) -> PlanNode:
    """A filter over an access is the access's own condition: that gives fewer rows than it reads."""
    children = [c for c in node.children if c.operation is not Operation.SUBQUERY]
    if len(children) != 1 or children[0].operation not in ACCESS or children[0].condition:
        return node
    access = replace(children[0], condition=node.condition, rows=node.rows)
    return replace(node, children=tuple(access if c is children[0] else c for c in node.children))


def _operation(found: Shape) -> Operation:
    kind = shape.text(found.get("access_type"))
    if kind == "table":
        return Operation.FULL_SCAN
    if kind == "index":
        lookup = shape.text(found.get("index_access_type"))
        if lookup == "index_lookup" and "single-row" in shape.text(found.get("operation")).lower():
            return Operation.UNIQUE_LOOKUP
        return _INDEX.get(lookup, Operation.INDEX_RANGE)
    if kind == "join":
        return Operation.HASH_JOIN if found.get("join_algorithm") == "hash" else Operation.NESTED_LOOP
    return _INDEX.get(kind) or _STEPS.get(kind, Operation.OTHER)


def _key_parts(found: Shape) -> tuple[str, ...]:
    """Of ``key_columns``; a lookup uses as many of them as it has references."""
    columns = shape.names(found.get("key_columns"))
    references = shape.names(found.get("lookup_references"))
    return columns[: len(references)] if references else columns


def _seconds(found: Shape) -> float | None:
    last = shape.number(found.get("actual_last_row_ms"))
    loops = shape.number(found.get("actual_loops"))
    return None if last is None or loops is None else last * loops / 1000.0
