"""The JSON that MariaDB and MySQL (format version 1) write: query blocks, and in them nested loops over tables.

https://mariadb.com/kb/en/explain-format-json/, https://mariadb.com/kb/en/analyze-format-json/,
https://dev.mysql.com/doc/refman/8.4/en/explain-output.html. The two differ in a few keys, so one reader reads both.
What it does not know it looks through for tables.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from diagnose.evidence import shape
from diagnose.evidence.nested_names import depends, own_aliases
from diagnose.evidence.plan import Operation, PlanNode
from diagnose.evidence.shape import Budget, Shape

_ACCESS = {
    "all": Operation.FULL_SCAN,
    "index": Operation.INDEX_SCAN,
    "range": Operation.INDEX_RANGE,
    "ref": Operation.INDEX_LOOKUP,
    "ref_or_null": Operation.INDEX_LOOKUP,
    "fulltext": Operation.INDEX_LOOKUP,
    "index_subquery": Operation.INDEX_LOOKUP,
    "eq_ref": Operation.UNIQUE_LOOKUP,
    "const": Operation.UNIQUE_LOOKUP,
    "system": Operation.UNIQUE_LOOKUP,
    "unique_subquery": Operation.UNIQUE_LOOKUP,
    "index_merge": Operation.BITMAP,
}
_STEPS = {
    "filesort": Operation.SORT,
    "temporary_table": Operation.TEMPORARY,
    "window_functions_computation": Operation.WINDOW,
    "windowing": Operation.WINDOW,
    "union_result": Operation.UNION,
    "intersect_result": Operation.UNION,
    "except_result": Operation.UNION,
    "unit_result": Operation.UNION,
    "recursive_union": Operation.UNION,
    "buffer_result": Operation.TEMPORARY,
    "insert_from": Operation.MODIFY,
}
# MySQL's: a step of its own only as far as it says that it sorts or writes.
_OPERATIONS = {
    "ordering_operation": Operation.OTHER,
    "grouping_operation": Operation.AGGREGATE,
    "duplicates_removal": Operation.AGGREGATE,
}
_SUBQUERIES = re.compile(r"(?:.*_)?subqueries\Z")
_JOIN_BUFFERS = {
    "hash join": Operation.HASH_JOIN,
    "bnlh": Operation.HASH_JOIN,
    "bkah": Operation.HASH_JOIN,
}
_NO_TABLE = re.compile(r"<(?:derived|subquery|union|intersect|except|temporary|in_optimizer)[0-9, ]*>\Z")


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a step stands: how often it runs, under how many steps, and the aliases of the blocks around."""

    loops: float = 1.0
    depth: int = 0
    aliases: frozenset[str] = frozenset()

    def inner(self, loops: float | None = None, aliases: frozenset[str] = frozenset()) -> "_Around":
        return _Around(self.loops if loops is None else loops, self.depth + 1, self.aliases | aliases)


def read_steps(document: Shape) -> PlanNode:
    """The root of a plan. Raises ValueError when it names no step."""
    found = _Reader().steps(document, _Around())
    if not found:
        raise ValueError("the plan has no step")
    return found[0] if len(found) == 1 else PlanNode(Operation.OTHER, "query", children=tuple(found))


class _Reader:
    def __init__(self) -> None:
        self._budget = Budget()

    def steps(self, found: Shape, around: _Around) -> list[PlanNode]:
        """What an object holds, as nodes that stand beside each other."""
        self._budget.spend(around.depth)
        own = around.inner(aliases=frozenset(own_aliases(found)))
        nodes: list[PlanNode] = []
        late: list[tuple[str, Any]] = []
        for key, value in found.items():
            if key == "table" and isinstance(value, dict):
                nodes.append(self._table(value, own))
            elif key == "nested_loop":
                nodes += self._nested_loop(shape.shapes(value), own)
            elif key in _STEPS or key in _OPERATIONS:
                nodes += [self._step(key, item, own) for item in shape.shapes(value)]
            elif key in ("block-nl-join", "block_nested_loop", "range-checked-for-each-record"):
                nodes += [self._buffered(key, item, own) for item in shape.shapes(value)]
            elif _SUBQUERIES.match(key):
                late.append((key, value))
            elif isinstance(value, (dict, list)) and key not in ("cost_info", "r_engine_stats", "partitions"):
                for item in shape.shapes(value):
                    nodes += self.steps(item, around.inner())
        rows = max((node.rows or 1.0 for node in nodes), default=1.0)
        for key, value in late:
            nodes += [self._subquery(item, own, rows, key) for item in shape.shapes(value)]
        return nodes

    def _step(self, key: str, found: Shape, around: _Around) -> PlanNode:
        children = self.steps(found, around.inner())
        operation = _STEPS.get(key) or _OPERATIONS[key]
        inner = [c.rows for c in children if c.operation is not Operation.SUBQUERY and c.rows is not None]
        if operation is not Operation.UNION:
            inner = inner[:1]
        node = PlanNode(
            operation,
            key,
            sort_keys=shape.parts(found.get("sort_key")),
            rows=sum(inner) if inner else None,
            rows_read=0.0,
            loops=around.loops,
            actual_rows=shape.first_number(found, "r_output_rows"),
            actual_loops=shape.number(found.get("r_loops")),
            actual_seconds=_seconds(found, "r_total_time_ms"),
            spills=bool(found.get("r_sort_passes")),
            children=tuple(children),
        )
        if key not in _OPERATIONS:
            return node
        # Outermost what is done last: the temporary table is filled, then sorted.
        if found.get("using_temporary_table") is True:
            node = PlanNode(
                Operation.TEMPORARY, key, rows=node.rows, rows_read=0.0, loops=node.loops, children=node.children
            )
        if found.get("using_filesort") is True:
            below = (node,) if node.operation is not Operation.OTHER else node.children
            node = PlanNode(Operation.SORT, key, rows=node.rows, rows_read=0.0, loops=node.loops, children=below)
        return node

    def _nested_loop(self, items: list[Shape], around: _Around) -> list[PlanNode]:
        """The tables of a join: each is read once for every row that those before it gave."""
        nodes: list[PlanNode] = []
        produced = 1.0
        aliases = frozenset(alias for item in items for alias in own_aliases(item))
        for item in items:
            for node in self.steps(item, around.inner(around.loops * produced, aliases)):
                nodes.append(node)
                if node.operation is not Operation.SUBQUERY:
                    produced *= node.rows if node.rows is not None else 1.0
        if len(nodes) <= 1:
            return nodes
        return [
            PlanNode(
                Operation.NESTED_LOOP,
                "nested_loop",
                rows=produced,
                rows_read=0.0,
                loops=around.loops,
                children=tuple(nodes),
            )
        ]

    def _buffered(self, key: str, found: Shape, around: _Around) -> PlanNode:
        """MariaDB's join buffer around a table: that is read once per buffer, not once per row."""
        table = found.get("table")
        inner = self._table(table if isinstance(table, dict) else {}, around)
        if key == "range-checked-for-each-record":
            return replace(inner, native=key, possible_indexes=shape.names(found.get("keys")) or inner.possible_indexes)
        native = shape.text(found.get("join_type")) or key
        return _join_buffer(inner, native, shape.text(found.get("attached_condition")))

    def _table(self, found: Shape, around: _Around) -> PlanNode:
        alias, native = shape.name(found.get("table_name")), shape.text(found.get("access_type"))
        message = shape.text(found.get("message"))
        if not alias and message:
            return PlanNode(Operation.RESULT, message, rows_read=0.0, loops=around.loops)
        read = shape.first_number(found, "rows_examined_per_scan", "rows")
        filtered = shape.number(found.get("filtered"))
        rows = read if read is None or filtered is None else read * min(filtered, 100.0) / 100.0
        inner = self._inside_table(found, around, read)
        node = PlanNode(
            _operation(alias, native, message),
            native or message,
            table="" if _NO_TABLE.match(alias) else alias,
            alias=alias,
            index=shape.name(found.get("key")),
            key_parts=shape.names(found.get("used_key_parts")),
            possible_indexes=shape.names(found.get("possible_keys")),
            condition=shape.text(found.get("attached_condition")),
            index_condition=shape.text(found.get("index_condition")),
            rows=rows,
            rows_read=read,
            loops=around.loops,
            cost=shape.number(found.get("cost")) or _cost(found, "prefix_cost"),
            covering=found.get("using_index") in (True, 1),
            children=tuple(inner),
            actual_rows=_actual_rows(found),
            actual_loops=shape.number(found.get("r_loops")),
            actual_seconds=_seconds(found, "r_table_time_ms", "r_other_time_ms") or _seconds(found, "r_total_time_ms"),
        )
        if (buffer := shape.text(found.get("using_join_buffer"))) and inner == []:
            node = _join_buffer(node, buffer, "")
        writes = any(found.get(word) in (True, 1) for word in ("insert", "update", "delete", "replace"))
        return PlanNode(Operation.MODIFY, "write", rows_read=0.0, children=(node,)) if writes else node

    def _inside_table(self, found: Shape, around: _Around, read: float | None) -> list[PlanNode]:
        """Materialised blocks run once, those of a lateral one for each row outside; subqueries for each row here."""
        nodes: list[PlanNode] = []
        for key in ("materialized", "materialized_from_subquery", "sjm_scan_nest"):
            for item in shape.shapes(found.get(key)):
                dependent = item.get("dependent") is True or item.get("lateral") in (True, 1)
                nodes += self.steps(item, around.inner(around.loops if dependent else 1.0))
        for key, value in found.items():
            if _SUBQUERIES.match(key):
                nodes += [self._subquery(item, around, read or 1.0, key) for item in shape.shapes(value)]
        return nodes

    def _subquery(self, found: Shape, around: _Around, rows: float, key: str) -> PlanNode:
        dependent = depends(found, around.aliases)
        once = around.inner(1.0) if not dependent else around.inner(around.loops * max(rows, 1.0))
        children = self.steps(found, once)
        return PlanNode(
            Operation.SUBQUERY,
            key,
            rows=1.0,
            rows_read=0.0,
            loops=once.loops,
            dependent=dependent,
            children=tuple(children),
        )


def _join_buffer(inner: PlanNode, native: str, condition: str) -> PlanNode:
    kind = native.lower()
    operation = _JOIN_BUFFERS.get(kind, Operation.JOIN_BUFFER)
    keyed = kind.startswith("bka") or "batched key access" in kind  # looks up a key for every row
    access = inner if keyed else replace(inner, loops=1.0)
    return PlanNode(
        operation,
        native,
        condition=condition or inner.condition,
        rows=inner.rows,
        rows_read=0.0,
        loops=inner.loops,
        children=(access,),
    )


def _operation(alias: str, native: str, message: str) -> Operation:
    if _NO_TABLE.match(alias):
        return Operation.MATERIALIZE
    kind = native.lower().removeprefix("hash_")
    return _ACCESS.get(kind, Operation.RESULT if message else Operation.OTHER)


def _actual_rows(found: Shape) -> float | None:
    rows, left = shape.number(found.get("r_rows")), shape.number(found.get("r_filtered"))
    return rows if rows is None or left is None else rows * left / 100.0


def _seconds(found: Shape, *keys: str) -> float | None:
    times = [ms for key in keys if (ms := shape.number(found.get(key))) is not None]
    return sum(times) / 1000.0 if times else None


def _cost(found: Shape, key: str) -> float | None:
    info = found.get("cost_info")
    return shape.number(info.get(key)) if isinstance(info, dict) else None
