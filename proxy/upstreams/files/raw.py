"""What a reader of one format hands over: a relation in DuckDB, and what to call it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """``heading``: as the file has it; ``expression``: SQL over the relation."""

    heading: str
    expression: str


@dataclass(frozen=True, slots=True)
class RawTable:
    """``name``: the table's, as wished; ``relation``: what stands behind FROM; ``notes``: what people should know."""

    name: str
    relation: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = field(default=())
