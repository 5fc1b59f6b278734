"""What one account may see of an upstream: schemas, tables, columns, keys. Read once, then only looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from proxy.upstreams.index_names import in_table
from proxy.upstreams.mysql_types import MySqlType

COLUMN_PRIVILEGES = ("select", "insert", "update", "references")
TABLE_PRIVILEGES = ("select", "insert", "update", "references", "delete")


@dataclass(frozen=True, slots=True)
class Column:
    """``default``: the value (or expression) as MySQL spells it, ``None`` for none; ``generated``: its expression.

    ``own_counter``: what numbers it counts for this column alone, and goes on when the table is emptied.
    ``privileges``: of select, insert, update, references: what the account may do with it.
    """

    name: str
    type: MySqlType
    nullable: bool = True
    default: str | None = None
    default_is_expression: bool = False
    comment: str = ""
    auto_increment: bool = False
    own_counter: bool = False
    generated: str | None = None
    privileges: tuple[str, ...] = COLUMN_PRIVILEGES


@dataclass(frozen=True, slots=True)
class Index:
    """An index other than the primary key's. An expression in it is a column named ``None``.

    ``name``: as it is shown; ``own_name``: the upstream's, where it is another.
    """

    name: str
    columns: tuple[str | None, ...]
    unique: bool = False
    own_name: str = ""


def index_of(table: str, name: str, columns: tuple[str | None, ...], *, unique: bool) -> Index:
    """The index that the upstream calls ``name``."""
    return Index(in_table(table, name), columns, unique, name)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    columns: tuple[str, ...]
    to_schema: str
    to_table: str
    to_columns: tuple[str, ...]
    on_update: str = "NO ACTION"
    on_delete: str = "NO ACTION"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    clause: str


@dataclass(frozen=True)
class Table:
    """A table, or a view (``definition``: its query in the upstream's dialect).

    ``rows`` and ``bytes`` are the upstream's estimates, ``None`` where it has none. ``privileges``: on the whole table.
    """

    schema: str
    name: str
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    comment: str = ""
    is_view: bool = False
    definition: str = ""
    rows: int | None = None
    bytes: int | None = None
    privileges: tuple[str, ...] = TABLE_PRIVILEGES

    @cached_property
    def column_keys(self) -> Mapping[str, str]:
        """COLUMN_KEY of each column that has one: PRI before UNI before MUL."""
        keys: dict[str, str] = {}
        for index in self.indexes:
            first = index.columns[0] if index.columns else None
            if first is not None:
                unique = index.unique and len(index.columns) == 1
                keys[first] = "UNI" if unique else keys.get(first, "MUL")
        for foreign in self.foreign_keys:
            keys.setdefault(foreign.columns[0], "MUL")
        return keys | dict.fromkeys(self.primary_key, "PRI")

    def column(self, name: str) -> Column | None:
        """The column of that name, compared without case."""
        folded = name.casefold()
        return next((column for column in self.columns if column.name.casefold() == folded), None)


@dataclass(frozen=True)
class Reflection:
    """``case_sensitive``: names of tables and schemas that differ in case are different, as in PostgreSQL."""

    schemas: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    case_sensitive: bool = False
    _by_name: dict[tuple[str, str], Table] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({(self.fold(t.schema), self.fold(t.name)): t for t in self.tables})

    def fold(self, name: str) -> str:
        """A name as it is compared."""
        return name if self.case_sensitive else name.casefold()

    def schema(self, name: str) -> str | None:
        """The schema of that name as it is spelled, if there is one."""
        folded = self.fold(name)
        return next((schema for schema in self.schemas if self.fold(schema) == folded), None)

    def table(self, schema: str, name: str) -> Table | None:
        return self._by_name.get((self.fold(schema), self.fold(name)))

    def of_schema(self, schema: str) -> list[Table]:
        """Its tables by name."""
        folded = self.fold(schema)
        return sorted((t for t in self.tables if self.fold(t.schema) == folded), key=lambda t: t.name)
