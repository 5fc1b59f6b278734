"""Statements that failed, for unit tests of what is said to them: on a database that is described, not run."""

import re
from typing import Any

from plugins import ResultSet, SeenStatement, UpstreamError
from tests.support.answers import Answers, Row

_NAMED = re.compile(r"TABLE_SCHEMA = '([^']*)' AND TABLE_NAME = '([^']*)'")


def failed(sql: str, number: int = 1054, message: str = "") -> SeenStatement:
    return SeenStatement(sql, 0.0, None, 0, UpstreamError(number, "42000", message), "app", "shop", 1, "", 0.0)


class Shop(Answers):
    """``columns``: ``{"orders": "id int, note text"}``, as information_schema tells of the database ``shop``."""

    def __init__(self, columns: dict[str, str], given: dict[str, list[Row]] | None = None, **more: Any) -> None:
        super().__init__(given or {}, **more)
        self._columns = columns

    async def query(self, sql: str, **limits: Any) -> ResultSet:
        named = [name for schema, name in _NAMED.findall(sql) if schema == "shop" and name in self._columns]
        if "TABLE_TYPE" in sql:
            rows: list[Row] = [("shop", name, "BASE TABLE", "InnoDB", "10", "1", "") for name in named]
        elif "COLUMN_TYPE" in sql:
            rows = [row for name in named for row in self._rows(name)]
        else:
            return await super().query(sql, **limits)
        return ResultSet((), tuple(rows))

    def _rows(self, name: str) -> list[Row]:
        columns = [column.split() for column in self._columns[name].split(",")]
        return [("shop", name, words[0], words[1], "YES", "", "", str(at)) for at, words in enumerate(columns)]
