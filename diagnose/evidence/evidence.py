"""Everything that rules may look at."""

from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from diagnose.evidence.blocks import Block, find_blocks
from diagnose.evidence.facts import Schema, Server
from diagnose.evidence.plan import Plan


@dataclass(frozen=True)
class Evidence:
    """One statement. ``tree`` is MySQL's SQL as parsed, untouched: columns are resolved by ``blocks``."""

    sql: str
    tree: exp.Expr
    server: Server
    schema: Schema
    plan: Plan | None = None
    planned: str = ""  # the SELECT that the plan is of, in MySQL's SQL: the only text that may be planned again
    unplanned: str = ""  # why there is no plan
    refused: bool = False  # that is an error of the server
    seconds: float | None = None  # as seen on the wire
    rows_sent: int | None = None
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The SELECTs (also inside of others), UPDATE and DELETE of the statement, outer first."""
        return find_blocks(self.tree, self.schema)
