"""What the asking account may read in the selected database: tables, columns, keys, example values.

Everything is read over the caller's own session from ``information_schema``, which shows an account only what it has
some right on; columns without the right to SELECT are left out here, and a foreign key only counts when both its ends
are visible. So a prompt made from a catalog holds no name that the account could not read itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nl2sql.inference import inferred_links
from plugins import ResultSet, Session

TABLE_LIMIT = 2_000
COLUMN_LIMIT = 40_000
COMMENT_CHARS = 160
# Metadata is small; a server that takes longer than this for it is in trouble already.
QUERY_SECONDS = 10.0

TABLES = """SELECT TABLE_NAME, TABLE_TYPE, TABLE_ROWS, TABLE_COMMENT FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED', 'SYSTEM VIEW')
ORDER BY TABLE_NAME"""
COLUMNS = """SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLUMN_COMMENT, COLUMN_KEY, PRIVILEGES
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION"""
KEYS = """SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE()
AND REFERENCED_TABLE_SCHEMA = DATABASE() AND REFERENCED_COLUMN_NAME IS NOT NULL
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"""

_QUOTED = re.compile("'((?:[^']|'')*+)'")


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """``type`` as the database spells it (``decimal(10,2)``); ``values``: some or all of the column's few values."""

    name: str
    type: str
    comment: str = ""
    primary: bool = False
    values: tuple[str, ...] = ()

    @property
    def base_type(self) -> str:
        """``varchar`` of ``varchar(20)``."""
        return self.type.split("(")[0].split(" ")[0].lower()


@dataclass(frozen=True, slots=True)
class CatalogTable:
    name: str
    columns: tuple[CatalogColumn, ...]
    comment: str = ""
    view: bool = False
    rows: int = 0  # the server's estimate

    def column(self, name: str) -> CatalogColumn | None:
        """The column of that name; MySQL compares column names without case."""
        folded = name.casefold()
        return next((c for c in self.columns if c.name.casefold() == folded), None)


@dataclass(frozen=True, slots=True)
class Link:
    """``table.column`` refers to ``to_table.to_column``."""

    table: str
    column: str
    to_table: str
    to_column: str
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Catalog:
    """One account's view of one database."""

    database: str
    tables: tuple[CatalogTable, ...] = ()
    links: tuple[Link, ...] = ()
    _by_name: dict[str, CatalogTable] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({t.name: t for t in self.tables})

    def table(self, name: str) -> CatalogTable | None:
        """The table of that name: exactly so spelled, else the only one that differs in case."""
        exact = self._by_name.get(name)
        if exact is not None:
            return exact
        folded = name.casefold()
        same = [t for t in self.tables if t.name.casefold() == folded]
        return same[0] if len(same) == 1 else None

    def with_tables(self, tables: Iterable[CatalogTable]) -> "Catalog":
        """The same catalog with other tables; links to tables that are gone go too."""
        kept = tuple(tables)
        names = {t.name for t in kept}
        links = tuple(k for k in self.links if k.table in names and k.to_table in names)
        return Catalog(self.database, kept, links)


def _text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def _rows(result: ResultSet) -> list[tuple[str, ...]]:
    return [tuple(_text(value) for value in row) for row in result.rows]


def clean(text: str, limit: int) -> str:
    """Text from the database as it may stand in a prompt: one line, printable, at most ``limit`` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


async def read_catalog(session: Session) -> Catalog:
    """Read the catalog of the session's database, without example values: three queries. Raises UpstreamError."""
    tables = await session.query(TABLES, time_limit_s=QUERY_SECONDS, max_rows=TABLE_LIMIT)
    columns = await session.query(COLUMNS, time_limit_s=QUERY_SECONDS, max_rows=COLUMN_LIMIT)
    keys = await session.query(KEYS, time_limit_s=QUERY_SECONDS, max_rows=COLUMN_LIMIT)
    return build_catalog(session.database or "", _rows(tables), _rows(columns), _rows(keys))


def build_catalog(
    database: str, tables: list[tuple[str, ...]], columns: list[tuple[str, ...]], keys: list[tuple[str, ...]]
) -> Catalog:
    """Put the rows of the three queries together."""
    by_table: dict[str, list[CatalogColumn]] = {}
    for table, name, kind, comment, key, privileges in columns:
        if "select" not in privileges.lower().split(","):
            continue
        column = CatalogColumn(name, kind, comment, primary=key == "PRI", values=enum_values(kind))
        by_table.setdefault(table, []).append(column)
    found = tuple(
        CatalogTable(
            name,
            tuple(by_table[name]),
            comment="" if kind == "VIEW" else comment,
            view="VIEW" in kind,
            rows=int(rows or 0),
        )
        for name, kind, rows, comment in tables
        if name in by_table
    )
    catalog = Catalog(database, found)
    declared = [
        Link(table, column, to, to_column)
        for table, column, to, to_column in keys
        if _ends(catalog, table, column, to, to_column)
    ]
    inferred = [Link(*link, declared=False) for link in inferred_links(found, {(k.table, k.column) for k in declared})]
    return replace(catalog, links=(*declared, *inferred), _by_name={})


def _ends(catalog: Catalog, table: str, column: str, to_table: str, to_column: str) -> bool:
    """Both ends of the key are visible."""
    here, there = catalog.table(table), catalog.table(to_table)
    return bool(here and there and here.column(column) and there.column(to_column))


def enum_values(column_type: str) -> tuple[str, ...]:
    """The values of ``enum('a','b')`` and ``set(…)``, from the type itself."""
    kind, _, rest = column_type.partition("(")
    if kind.lower() not in ("enum", "set"):
        return ()
    return tuple(value.replace("''", "'") for value in _QUOTED.findall(rest))
