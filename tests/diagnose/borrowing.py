"""A real session of a real gateway, lent to a coroutine of a test."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pymysql

from conf.settings import Settings
from plugins import Answer, Done, Services, Session, Statement, hookimpl
from tests.support.embedded import embedded

T = TypeVar("T")


@dataclass
class Borrowing:
    """The plugin of the statement ``TEST BORROW``, and a client that says it."""

    work: Callable[[Session], Awaitable[Any]] | None = None
    result: Any = None
    client: "pymysql.Connection[Any] | None" = field(default=None)

    @hookimpl
    def askwire_statements(self, settings: Settings, services: Services) -> list[Statement]:
        del settings, services
        return [Statement("test borrow", self._handle, ("TEST", "BORROW"))]

    async def _handle(self, session: Session, _text: str) -> Answer:
        assert self.work is not None
        self.result = await self.work(session)
        return Done()

    def run(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """What the work returns; what it raises arrives as PyMySQL's error."""
        self.work = work
        self.rows("TEST BORROW")
        result: T = self.result
        return result

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Of a statement of the client's own."""
        assert self.client is not None
        with self.client.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


@contextmanager
def borrowing(upstream: str, folder: Path, database: str, **login: Any) -> Iterator[Borrowing]:
    """A gateway in this process before ``upstream``; ``login``: user and password, ``app`` unless told otherwise."""
    plugin = Borrowing()
    with embedded(upstream, folder, plugin) as gateway:
        account = {"user": "app", "password": "secret", **login}
        client = pymysql.connect(host="127.0.0.1", port=gateway.port, database=database, autocommit=True, **account)
        with client:
            plugin.client = client
            yield plugin
