"""A private MariaDB, and ``Session`` over PyMySQL: nl2sql on a real database without the gateway between."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql

from plugins import Facts, ResultColumn, ResultSet, UpstreamError

BINARY = 63


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def private_mariadb() -> Iterator[int]:
    """A fresh server on a free port, account ``root`` without password; yields the port."""
    folder = Path(tempfile.mkdtemp(prefix="askwire-mariadb-"))
    data, port = folder / "data", free_port()
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}"]
    install.append("--auth-root-authentication-method=normal")
    subprocess.run([*install, "--skip-test-db", "--user=root"], check=True, capture_output=True)
    server = subprocess.Popen(
        [
            *(
                "mariadbd",
                "--no-defaults",
                f"--datadir={data}",
                f"--tmpdir={folder}",
                f"--port={port}",
                "--bind-address=127.0.0.1",
                "--user=root",
            ),
            *(f"--socket={folder}/s", f"--pid-file={folder}/pid", "--innodb-buffer-pool-size=64M", "--skip-log-bin"),
            *("--innodb-flush-log-at-trx-commit=2", "--character-set-server=utf8mb4", f"--log-error={folder}/log"),
        ]
    )
    try:
        for _ in range(300):
            try:
                pymysql.connect(host="127.0.0.1", port=port, user="root").close()
                break
            except pymysql.err.OperationalError:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
        else:
            raise AssertionError((folder / "log").read_text())
        yield port
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


class DirectSession:
    """What the gateway lends to a handler, over a connection of its own."""

    dialect = "mysql"
    masks = ""
    language = "en"

    def __init__(self, port: int, user: str = "root", password: str = "", database: str | None = None) -> None:
        self.connection = pymysql.connect(
            host="127.0.0.1", port=port, user=user, password=password, database=database, autocommit=True, conv={}
        )
        self.upstream = f"mysql://127.0.0.1:{port}"
        self.database = database
        self.in_transaction = False
        self.schema_epoch = 0
        self.state: dict[str, Any] = {}
        self.queries: list[str] = []
        self.facts = Facts()
        self.id = self.connection.thread_id()
        self.server_version = self.connection.get_server_info()
        self.account = self.run("SELECT CURRENT_USER()").rows[0][0]

    def run(self, sql: str) -> ResultSet:
        """Run any statement at once."""
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(sql)
            except pymysql.err.MySQLError as error:
                number, message = (*error.args, "")[:2]
                raise UpstreamError(int(number), "HY000", str(message)) from error
            columns = tuple(ResultColumn(d[0], d[1]) for d in cursor.description or ())
            return ResultSet(columns, tuple(cursor.fetchall()))

    async def query(self, sql: str, *, time_limit_s: float | None = None, max_rows: int = 10_000) -> ResultSet:
        self.queries.append(sql)

        def read_only() -> ResultSet:
            self.run("START TRANSACTION READ ONLY")
            try:
                limit = f"SET STATEMENT max_statement_time={time_limit_s:g} FOR " if time_limit_s else ""
                return self.run(limit + sql)
            finally:
                self.run("COMMIT")

        result = await asyncio.to_thread(read_only)
        return ResultSet(result.columns, result.rows[:max_rows], len(result.rows) > max_rows)

    def close(self) -> None:
        self.connection.close()
