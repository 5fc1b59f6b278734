"""The sample shop and an empty database ``scratch`` on upstreams that do not speak MySQL; ``app`` owns both."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from proxy.upstreams.passwords import hash_password
from proxy.upstreams.sample_shop import load_shop, sample_shop_sql
from tests.support.postgres import postgres_server

KINDS = ("postgresql", "duckdb")


@contextmanager
def shop_upstream(kind: str, folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The upstream's URL and the gateway's other settings. ``app`` logs in with the password ``secret``."""
    if kind == "duckdb":
        file = folder / "warehouse.duckdb"
        with duckdb.connect(str(file)) as connection:
            load_shop(connection)
            connection.execute("CREATE SCHEMA scratch")
        yield f"duckdb:///{file}", {"accounts": {"app": hash_password("secret")}}
        return
    with postgres_server() as server:
        server.run_sql("CREATE DATABASE warehouse OWNER app", database="postgres")
        with server.connect(database="warehouse") as connection:
            connection.execute(sample_shop_sql(kind="postgresql").encode())
            connection.execute("CREATE SCHEMA scratch")
        yield server.url("warehouse"), {}
