"""TPC-H's tables on a MariaDB and a PostgreSQL of their own: primary keys only, statistics up to date."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pymysql

from tests.support.gateway import GatewayProcess
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.private_mariadb import PrivateMariaDB

TABLES = {
    "region": "r_regionkey INT NOT NULL PRIMARY KEY, r_name CHAR(25) NOT NULL, r_comment VARCHAR(152)",
    "nation": "n_nationkey INT NOT NULL PRIMARY KEY, n_name CHAR(25) NOT NULL, n_regionkey INT NOT NULL,"
    " n_comment VARCHAR(152)",
    "part": "p_partkey INT NOT NULL PRIMARY KEY, p_name VARCHAR(55) NOT NULL, p_mfgr CHAR(25) NOT NULL,"
    " p_brand CHAR(10) NOT NULL, p_type VARCHAR(25) NOT NULL, p_size INT NOT NULL, p_container CHAR(10) NOT NULL,"
    " p_retailprice DECIMAL(15,2) NOT NULL, p_comment VARCHAR(23) NOT NULL",
    "supplier": "s_suppkey INT NOT NULL PRIMARY KEY, s_name CHAR(25) NOT NULL, s_address VARCHAR(40) NOT NULL,"
    " s_nationkey INT NOT NULL, s_phone CHAR(15) NOT NULL, s_acctbal DECIMAL(15,2) NOT NULL, s_comment VARCHAR(101)",
    "partsupp": "ps_partkey INT NOT NULL, ps_suppkey INT NOT NULL, ps_availqty INT NOT NULL,"
    " ps_supplycost DECIMAL(15,2) NOT NULL, ps_comment VARCHAR(199) NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey)",
    "customer": "c_custkey INT NOT NULL PRIMARY KEY, c_name VARCHAR(25) NOT NULL, c_address VARCHAR(40) NOT NULL,"
    " c_nationkey INT NOT NULL, c_phone CHAR(15) NOT NULL, c_acctbal DECIMAL(15,2) NOT NULL,"
    " c_mktsegment CHAR(10) NOT NULL, c_comment VARCHAR(117) NOT NULL",
    "orders": "o_orderkey INT NOT NULL PRIMARY KEY, o_custkey INT NOT NULL, o_orderstatus CHAR(1) NOT NULL,"
    " o_totalprice DECIMAL(15,2) NOT NULL, o_orderdate DATE NOT NULL, o_orderpriority CHAR(15) NOT NULL,"
    " o_clerk CHAR(15) NOT NULL, o_shippriority INT NOT NULL, o_comment VARCHAR(79) NOT NULL",
    "lineitem": "l_orderkey INT NOT NULL, l_partkey INT NOT NULL, l_suppkey INT NOT NULL, l_linenumber INT NOT NULL,"
    " l_quantity DECIMAL(15,2) NOT NULL, l_extendedprice DECIMAL(15,2) NOT NULL, l_discount DECIMAL(15,2) NOT NULL,"
    " l_tax DECIMAL(15,2) NOT NULL, l_returnflag CHAR(1) NOT NULL, l_linestatus CHAR(1) NOT NULL,"
    " l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL,"
    " l_shipinstruct CHAR(25) NOT NULL, l_shipmode CHAR(10) NOT NULL, l_comment VARCHAR(44) NOT NULL,"
    " PRIMARY KEY (l_orderkey, l_linenumber)",
}
# What a person who knows the schema makes by hand: the foreign keys and the dates.
BY_HAND = {
    "nation": ("n_regionkey",),
    "supplier": ("s_nationkey",),
    "partsupp": ("ps_suppkey",),
    "customer": ("c_nationkey",),
    "orders": ("o_custkey", "o_orderdate"),
    "lineitem": ("l_partkey, l_suppkey", "l_suppkey", "l_shipdate", "l_commitdate", "l_receiptdate"),
}


@dataclass(frozen=True)
class Loaded:
    """A server with the tables, behind a gateway. ``kind``: mariadb or postgres."""

    kind: str
    gateway: GatewayProcess
    database: str
    upstream: str

    def client(self) -> "pymysql.Connection[Any]":
        """As the tables' owner, autocommit."""
        return pymysql.connect(
            host=self.gateway.host,
            port=self.gateway.port,
            user="tpch",
            password="tpch",
            database=self.database,
            autocommit=True,
        )


def make_files(folder: Path, scale: float) -> dict[str, Path]:
    """One CSV file with a heading for each table."""
    installed = distribution("tpchgen-cli").files or []
    program = next(file for file in installed if file.name == "tpchgen-cli").locate()
    subprocess.run([program, "csv", "-s", str(scale), "-o", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return {name: folder / f"{name}.csv" for name in TABLES}


@contextmanager
def mariadb_with(files: dict[str, Path], folder: Path) -> Iterator[Loaded]:
    """A MariaDB of its own with the tables, and a gateway before it."""
    arguments = ("--local-infile=1", "--innodb-buffer-pool-size=1G", "--innodb-flush-log-at-trx-commit=0")
    with PrivateMariaDB(arguments=arguments) as server:
        server.run_sql(
            "CREATE DATABASE tpch CHARACTER SET latin1; CREATE USER tpch@'%' IDENTIFIED BY 'tpch';"
            " GRANT ALL ON tpch.* TO tpch@'%'; GRANT SELECT ON mysql.* TO tpch@'%'"
        )
        with pymysql.connect(
            host="127.0.0.1", port=server.port, user="tpch", password="tpch", database="tpch", local_infile=True
        ) as client:
            for name, columns in TABLES.items():
                with client.cursor() as cursor:
                    cursor.execute(f"CREATE TABLE {name} ({columns})")
                    cursor.execute(
                        f"LOAD DATA LOCAL INFILE '{files[name]}' INTO TABLE {name} FIELDS TERMINATED BY ','"
                        " OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES"
                    )
                    client.commit()
                    cursor.execute(f"ANALYZE TABLE {name}")
                    cursor.fetchall()
        with GatewayProcess(folder / "mariadb", f"mysql://127.0.0.1:{server.port}", {}) as gateway:
            yield Loaded("mariadb", gateway, "tpch", f"mysql://127.0.0.1:{server.port}")


@contextmanager
def postgres_with(files: dict[str, Path], folder: Path) -> Iterator[Loaded]:
    """A PostgreSQL of its own with the tables and HypoPG, and a gateway before it."""
    with postgres_server(("shared_buffers=1GB", "work_mem=32MB", "jit=off")) as server:
        server.run_sql("CREATE ROLE tpch LOGIN PASSWORD 'tpch'", "CREATE DATABASE tpch OWNER tpch")
        server.run_sql("CREATE EXTENSION hypopg", database="tpch")
        _copy(server, files)
        with GatewayProcess(folder / "postgres", server.url("tpch"), {}) as gateway:
            yield Loaded("postgres", gateway, "public", server.url("tpch"))


def _copy(server: PostgresServer, files: dict[str, Path]) -> None:
    with server.connect("tpch", "tpch", "tpch") as connection:
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({columns})".encode())
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy,
                files[name].open("rb") as file,
            ):
                while block := file.read(1 << 20):
                    copy.write(block)
            connection.execute(f"VACUUM ANALYZE {name}".encode())
