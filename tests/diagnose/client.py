"""``plugins.Session`` over a connection of its own: evidence of a real server without the gateway's relay between."""

import asyncio
from typing import Any

import pymysql

from plugins import ResultColumn, ResultSet, UpstreamError


class ClientSession:
    """What the gateway lends to a handler. ``upstream``: what stands behind ``port``, as the settings spell it."""

    dialect = "mysql"
    in_transaction = False

    def __init__(
        self, port: int, user: str = "app", *, upstream: str, database: str | None = None, password: str = "secret"
    ) -> None:
        self._connection: Any = pymysql.connect(
            host="127.0.0.1", port=port, user=user, password=password, database=database, autocommit=True, conv={}
        )
        self.upstream = upstream
        self.schema_epoch = 0
        self.state: dict[str, Any] = {}
        self.queries: list[str] = []
        self.id = self._connection.thread_id()
        self.server_version: str = self._connection.get_server_info()
        self.account = f"{user}@%"
        self.database = database

    def run(self, sql: str) -> ResultSet:
        """Run any statement at once."""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(sql)
            except pymysql.err.MySQLError as error:
                number, message = (*error.args, "")[:2]
                raise UpstreamError(int(number), "HY000", str(message)) from error
            columns = tuple(ResultColumn(d[0], d[1]) for d in cursor.description or ())
            return ResultSet(columns, tuple(cursor.fetchall()))

    async def query(self, sql: str, *, time_limit_s: float | None = None, max_rows: int = 10_000) -> ResultSet:
        self.queries.append(sql)
        return await asyncio.to_thread(self._read_only, sql, time_limit_s, max_rows)

    def _read_only(self, sql: str, time_limit_s: float | None, max_rows: int) -> ResultSet:
        if not self.in_transaction:
            self.run("SET SESSION TRANSACTION READ ONLY")
        try:
            limit = f"SET STATEMENT max_statement_time={time_limit_s:g} FOR " if time_limit_s else ""
            result = self.run(limit + sql)
        finally:
            if not self.in_transaction:
                self.run("COMMIT")
                self.run("SET SESSION TRANSACTION READ WRITE")
        return ResultSet(result.columns, result.rows[:max_rows], len(result.rows) > max_rows)

    def close(self) -> None:
        self._connection.close()
