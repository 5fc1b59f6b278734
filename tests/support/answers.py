"""A session that answers from a table: for unit tests of what reads an upstream's own views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from plugins import ResultColumn, ResultSet, Session, UpstreamError

Row = tuple[str | bytes | None, ...]


@dataclass
class Answers:
    """``given``: rows, or the error that is raised, by a part of the SQL; the first part that it holds counts.

    What nothing answers has no rows.
    """

    given: Mapping[str, Sequence[Row] | UpstreamError]
    asked: list[str] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    id: int = 1
    database: str | None = "shop"
    upstream: str = "mysql://127.0.0.1:3306"
    server_version: str = "10.11.6-MariaDB"
    account: str = "app@%"
    masks: str = ""
    database_kind: str = "mariadb"
    dialect: str = "mysql"
    schema_epoch: int = 0
    in_transaction: bool = False
    state: dict[str, Any] = field(default_factory=dict)

    async def query(self, sql: str, **limits: Any) -> ResultSet:
        self.asked.append(sql)
        self.limits.append(limits)
        found = next((rows for part, rows in self.given.items() if part in sql), ())
        if isinstance(found, UpstreamError):
            raise found
        width = len(found[0]) if found else 0
        return ResultSet(tuple(ResultColumn(f"c{at}", 0xFD) for at in range(width)), tuple(found))

    @property
    def session(self) -> Session:
        """Itself."""
        return cast(Session, self)
