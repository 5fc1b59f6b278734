"""What a translation may ask about the upstream's tables. Asked only when a statement needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Column:
    """``type``: as the upstream's SQL writes it (``numeric(10,2)``, ``VARCHAR``); ``generated``: the database numbers
    it (AUTO_INCREMENT, identity, a sequence); ``required``: NOT NULL; ``own_counter``: what numbers it counts for this
    column alone, and goes on when the table is emptied."""

    name: str
    type: str
    generated: bool = False
    required: bool = False
    own_counter: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``unique``: the column names of the primary key first, then of each unique index over plain columns."""

    name: str
    columns: tuple[Column, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[str, ...] = ()  # their names in the schema
    schema: str | None = None  # in its exact case, when one was asked for


class SchemaView(Protocol):
    """Answers from a cache where it can; a name is compared without case when no table has it exactly."""

    def table(self, name: str, schema: str | None) -> Table | None:
        """A table or view; ``schema`` None is the selected one. None when there is no such table."""


@dataclass(frozen=True, slots=True)
class FixedSchema:
    """Tables that are known beforehand; all in the selected schema."""

    tables: Sequence[Table] = field(default=())

    def table(self, name: str, schema: str | None) -> Table | None:
        exact = [each for each in self.tables if each.name == name]
        return next(iter(exact or [each for each in self.tables if each.name.lower() == name.lower()]), None)
