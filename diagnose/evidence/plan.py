"""A query plan of any server as one tree. What reads each server's JSON into it stands in the module of its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Operation(Enum):
    """What a node does."""

    FULL_SCAN = "full scan"  # every row of the table
    INDEX_SCAN = "index scan"  # every entry of an index
    INDEX_RANGE = "index range"  # part of an index: a range, several values
    INDEX_LOOKUP = "index lookup"  # the entries of one key value; ``ref`` in MySQL
    UNIQUE_LOOKUP = "unique lookup"  # at most one row: ``const``, ``eq_ref``
    BITMAP = "bitmap"  # several index entries merged, then the table: PostgreSQL's bitmap heap scan, index_merge
    NESTED_LOOP = "nested loop"
    HASH_JOIN = "hash join"
    MERGE_JOIN = "merge join"
    JOIN_BUFFER = "join buffer"  # MySQL's block nested loop
    SORT = "sort"
    TEMPORARY = "temporary table"
    AGGREGATE = "aggregate"
    WINDOW = "window"
    MATERIALIZE = "materialize"  # a derived table, a CTE, a materialised subquery
    SUBQUERY = "subquery"
    UNION = "union"
    LIMIT = "limit"
    FILTER = "filter"
    MODIFY = "modify"  # INSERT, UPDATE, DELETE
    RESULT = "result"  # no table is read
    OTHER = "other"


ACCESS = frozenset(
    {
        Operation.FULL_SCAN,
        Operation.INDEX_SCAN,
        Operation.INDEX_RANGE,
        Operation.INDEX_LOOKUP,
        Operation.UNIQUE_LOOKUP,
        Operation.BITMAP,
    }
)


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One step. Numbers are the server's estimates for one execution of the node unless a name says ``actual``.

    ``rows``: rows that it gives; ``rows_read``: rows or index entries that it looks at to give them (for an access; 0
    elsewhere); ``loops``: how often it is executed, as estimated from the nodes outside of it (in a parallel part of
    PostgreSQL's times the processes that share the rows). ``actual_rows`` are for one execution too. None: not told.
    """

    operation: Operation
    native: str = ""  # the server's own words: ``Seq Scan``, ``ref``
    table: str = ""  # the table's own name, empty where the node reads none
    alias: str = ""  # as the statement calls it; the table's name where it has no alias
    index: str = ""
    key_parts: tuple[str, ...] = ()  # columns of the index that the access uses, where told
    possible_indexes: tuple[str, ...] = ()
    condition: str = ""  # checked on each row after it was read
    index_condition: str = ""  # what the index is searched for
    sort_keys: tuple[str, ...] = ()
    rows: float | None = None
    rows_read: float | None = None
    loops: float = 1.0
    cost: float | None = None  # of the node with all below it, in the server's unit
    covering: bool = False  # the table itself is not read
    dependent: bool = False  # executed again for rows of an outer query
    spills: bool = False  # a sort or hash that needs the disk, where told
    actual_rows: float | None = None
    actual_loops: float | None = None
    actual_seconds: float | None = None
    children: tuple["PlanNode", ...] = ()

    def walk(self) -> Iterator["PlanNode"]:
        """This node and all below it, outer first."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def total_read(self) -> float:
        """Rows looked at in all executions, as estimated."""
        return (self.rows_read if self.rows_read is not None else self.rows or 0.0) * self.loops


@dataclass(frozen=True, slots=True)
class Plan:
    """``cost`` in the server's unit; ``text`` is the server's own JSON."""

    root: PlanNode
    cost: float | None = None
    text: str = ""
    analyzed: bool = False  # the statement was run: ``actual_…`` are told

    def accesses(self) -> list[PlanNode]:
        """The nodes that read a table."""
        return [node for node in self.root.walk() if node.operation in ACCESS]

    def access(self, alias: str) -> PlanNode | None:
        """How the table of that alias is read: the one that reads most where there are several."""
        found = [node for node in self.accesses() if node.alias.casefold() == alias.casefold()]
        return max(found, key=lambda node: node.total_read, default=None)

    @property
    def rows_read(self) -> float:
        """Rows looked at by all accesses, as estimated."""
        return sum(node.total_read for node in self.accesses())
