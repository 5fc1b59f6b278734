"""What the schema says of the tables of a statement, in one shape for every server."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MYSQL, MARIADB, POSTGRES = "mysql", "mariadb", "postgres"


@dataclass(frozen=True, slots=True)
class Column:
    """``type`` is MySQL's spelling (``decimal(10,2)``), also where another server stands behind the gateway."""

    name: str
    type: str
    nullable: bool = True
    collation: str = ""  # empty: not text
    charset: str = ""
    distinct: float | None = None  # estimated number of different values
    nulls: float | None = None  # estimated share of NULLs, 0 to 1

    @property
    def base_type(self) -> str:
        """``varchar`` of ``varchar(20)``."""
        return self.type.split("(")[0].split(" ")[0].lower()

    @property
    def is_text(self) -> bool:
        return self.base_type in _TEXT

    @property
    def is_number(self) -> bool:
        return self.base_type in _NUMBERS

    @property
    def is_moment(self) -> bool:
        """A date or a time stamp."""
        return self.base_type in _MOMENTS


_TEXT = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})
_NUMBERS = frozenset("tinyint smallint mediumint int integer bigint decimal numeric float double real bit year".split())
_MOMENTS = frozenset({"date", "datetime", "timestamp"})


@dataclass(frozen=True, slots=True)
class Index:
    """``columns`` in order, an expression in parentheses. ``cardinality``: different keys of the first n columns."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    primary: bool = False
    kind: str = "btree"  # btree, hash, fulltext, spatial, gin, gist, brin, …
    cardinality: tuple[float | None, ...] = ()
    prefixes: tuple[int | None, ...] = ()  # characters of each column that are indexed; None: all
    include: tuple[str, ...] = ()  # PostgreSQL's INCLUDE
    predicate: str = ""  # PostgreSQL's partial index
    descending: tuple[bool, ...] = ()
    size_bytes: int | None = None
    used: int | None = None  # times that it was used since the server's counters began; None: not told
    constraint: bool = False  # a constraint or a foreign key stands on it


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the account sees it. ``rows`` is the server's estimate, None where it has none."""

    schema: str
    name: str
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: float | None = None
    data_bytes: int | None = None
    engine: str = ""
    view: bool = False
    temporary: bool = False
    partition_columns: tuple[str, ...] = ()
    partition_expression: str = ""
    analyzed_s: float | None = None  # seconds since statistics were made; None: not told
    analyzed_rows: float | None = None  # rows changed since then, where told
    _columns: Mapping[str, Column] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_columns", {column.name.casefold(): column for column in self.columns})

    def column(self, name: str) -> Column | None:
        """The column of that name; case does not count."""
        return self._columns.get(name.casefold())

    @property
    def primary(self) -> Index | None:
        return next((index for index in self.indexes if index.primary), None)


@dataclass(frozen=True, slots=True)
class Server:
    """``kind``: mysql, mariadb, postgres, or sqlglot's name of another. ``settings``: by lower name."""

    kind: str
    version: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    hypopg: bool = False  # PostgreSQL: the extension is there in this database

    @property
    def is_mysql_family(self) -> bool:
        return self.kind in (MYSQL, MARIADB)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables that a statement names."""

    database: str = ""
    tables: tuple[Table, ...] = ()

    def table(self, name: str, schema: str = "") -> Table | None:
        """The table of that name, exactly so spelled or else the only one that differs in case."""
        wanted = schema or self.database
        same = [
            t for t in self.tables if t.name.casefold() == name.casefold() and t.schema.casefold() == wanted.casefold()
        ]
        exact = [t for t in same if t.name == name]
        return exact[0] if exact else same[0] if len(same) == 1 else None
