"""Sessions on MariaDB and, through gateways, on all other databases: to compare what they answer."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pymysql

from tests.proxy.upstreams.answers import Answer, numeric, run
from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

Connection: TypeAlias = "pymysql.Connection[Any]"
TARGETS = ("postgres", "duckdb", "sqlite")


def _connect(host: str, port: int, **options: Any) -> Connection:
    return pymysql.connect(
        host=host, port=port, charset="utf8mb4", autocommit=True, init_command="SET time_zone = '+00:00'", **options
    )


@contextmanager
def on_mariadb(mariadb: ShopServer, schema: str) -> Iterator[Connection]:
    """In a database of that name, which goes with it."""
    mariadb.run_sql(f"CREATE DATABASE {schema} CHARACTER SET utf8mb4; GRANT ALL ON {schema}.* TO app@'%'")
    with _connect(mariadb.host, mariadb.port, user="app", password="secret", database=schema) as connection:
        yield connection
    mariadb.run_sql(f"DROP DATABASE {schema}")


@contextmanager
def translated(schema: str, folder: Path, postgres: PostgresServer) -> Iterator[dict[str, Connection]]:
    """One for each of ``TARGETS``, in a database of that name."""
    found = {}
    with ExitStack() as stack:
        for target in TARGETS:
            gateway = GatewayProcess(folder / target, _database_url(target, schema, folder, postgres), {})
            stack.callback(gateway.stop)
            password = "secret" if target == "postgres" else ""
            connection = stack.enter_context(_connect(gateway.host, gateway.port, user="app", password=password))
            if target != "sqlite":
                run(connection, f"CREATE DATABASE {schema}")
            connection.select_db(schema if target != "sqlite" else "main")
            found[target] = connection
        yield found


def _database_url(target: str, schema: str, folder: Path, postgres: PostgresServer) -> str:
    if target == "postgres":
        postgres.run_sql(f"CREATE DATABASE {schema} OWNER app", database="postgres")
        return postgres.url(schema)
    path = folder / f"file.{target}"
    if target == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        path.touch()
    return f"{target}:///{path}"


def seen(answer: Answer, target: str) -> object:
    """What is compared: names and values; of an error only that there is one."""
    if answer.error:
        return "error"
    rows = answer.rows
    return answer.columns, [tuple(map(numeric, row)) for row in rows] if target == "sqlite" else list(rows)
