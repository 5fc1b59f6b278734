"""A statement checked against tables as a session would read them, without a server."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from conf.mask import MaskRule, MaskSettings
from plugins.builtin.mask.catalog import Catalog
from plugins.builtin.mask.lexing import normalised
from plugins.builtin.mask.rules import AllRules, Rules
from plugins.builtin.mask.statements import Result, judge, read
from plugins.transform import SessionFacts
from plugins.upstream import ResultColumn, ResultSet, UpstreamError

EMAIL = {"columns": ["shop.people.email"]}
TABLES = {
    ("shop", "people"): ["id int", "name varchar", "email varchar", "note text @pii"],
    ("shop", "orders"): ["id int", "person int", "hidden int INVISIBLE"],
}
_WHERE = re.compile(r"TABLE_SCHEMA = '([^']*)' AND TABLE_NAME = '([^']*)'")
_SHOW = re.compile(r"SHOW FULL COLUMNS FROM `(.+)`\.`(.+)`")


def rules(*given: Mapping[str, object], tags: Mapping[str, tuple[str, ...]] | None = None) -> Rules:
    each = tuple(MaskRule.model_validate(rule) for rule in given)
    found = AllRules(MaskSettings(tags=dict(tags or {}), rules=each)).for_account("ann", "::1")
    assert found is not None
    return found


def result(*rows: tuple[str | bytes | None, ...]) -> ResultSet:
    width = len(rows[0]) if rows else 0
    return ResultSet(tuple(ResultColumn(f"c{at}", 0xFD) for at in range(width)), rows)


@dataclass
class Database:
    """The answers of information_schema and of SHOW FULL COLUMNS. ``temporary``: tables that only the latter has."""

    tables: dict[tuple[str, str], list[str]] = field(default_factory=lambda: dict(TABLES))
    views: dict[tuple[str, str], str | None] = field(default_factory=dict)
    temporary: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def query(self, sql: str) -> ResultSet:
        self.asked.append(sql)
        if shown := _SHOW.fullmatch(sql):
            columns = self.temporary.get((shown[1], shown[2]))
            if columns is None:
                raise UpstreamError(1146, "42S02", f"Table '{shown[1]}.{shown[2]}' doesn't exist")
            return result(*((c.split()[0], f"{c.split()[1]}(9)", *[None] * 4, "", "", "") for c in columns))
        where = _WHERE.search(sql)
        assert where is not None, sql
        key = (where[1], where[2])
        if "information_schema.COLUMNS" in sql:
            return result(*(self._column(key[1], column) for column in self.tables.get(key, ())))
        if "information_schema.TABLES" in sql:
            return result(*([(b"VIEW",)] if key in self.views else [(b"BASE TABLE",)]))
        return result((self.views[key],))

    @staticmethod
    def _column(table: str, column: str) -> tuple[bytes, ...]:
        name, kind, *rest = column.split()
        said = " ".join(rest)
        return tuple(part.encode() for part in (table, name, kind, said if "@" in said else "", said))

    def facts(self, database: str | None = "shop", **given: object) -> SessionFacts:
        said = {"modes": frozenset(), "charset": "utf8mb4", "codec": "utf-8", "kind": "mariadb", "epoch": 0, **given}
        return SessionFacts(database=database, query=self.query, **said)  # type: ignore[arg-type]


async def checked(sql: str, given: Rules, database: Database | None = None) -> Result:
    """Of one statement. Raises what the check raises."""
    (statement,) = read(normalised(sql))
    facts = (database or Database()).facts()
    return judge(statement, await Catalog(given).tables(statement.tables, facts))


def stepping(seconds: float) -> Callable[[], float]:
    """A clock that moves on by so much whenever it is read."""
    now = [0.0]

    def clock() -> float:
        now[0] += seconds
        return now[0]

    return clock
