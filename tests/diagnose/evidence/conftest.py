"""Sessions of gateways in this process, and tables that hold what the catalog can tell."""

from collections.abc import Iterator

import pytest

from tests.diagnose.borrowing import Borrowing, borrowing
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

MARIADB = """
CREATE TABLE ev_parent (id INT PRIMARY KEY, code VARCHAR(10) CHARACTER SET latin1 NOT NULL, UNIQUE KEY (code));
CREATE TABLE ev_child (id BIGINT PRIMARY KEY, parent_id INT, a INT, b VARCHAR(40) COLLATE utf8mb4_bin, c TEXT, d DATE,
  KEY ab (a, b), KEY prefix (c(20)), KEY parent_id (parent_id), FULLTEXT KEY words (c),
  FOREIGN KEY (parent_id) REFERENCES ev_parent (id));
CREATE TABLE ev_parts (id INT, day DATE, PRIMARY KEY (id, day)) PARTITION BY RANGE COLUMNS (day)
  (PARTITION p0 VALUES LESS THAN ('2026-01-01'), PARTITION p1 VALUES LESS THAN (MAXVALUE));
CREATE TABLE ev_secret (id INT PRIMARY KEY, hidden INT, KEY hidden (hidden));
CREATE VIEW ev_view AS SELECT p.id, c.a FROM ev_parent p JOIN ev_child c ON c.parent_id = p.id;
CREATE TABLE `ev odd``name` (`a"b` INT, KEY `k'` (`a"b`));
INSERT INTO ev_parent SELECT seq, CONCAT('p', seq) FROM seq_1_to_100;
INSERT INTO ev_child SELECT seq, seq % 100 + 1, seq % 7, CONCAT('b', seq % 3), NULL, NULL FROM seq_1_to_2000;
ANALYZE TABLE ev_parent, ev_child PERSISTENT FOR ALL;
GRANT SELECT ON scratch.ev_parent TO reader@'%';
GRANT SELECT (id, a) ON scratch.ev_child TO reader@'%';
GRANT SELECT ON scratch.ev_view TO reader@'%';
"""
POSTGRES = (
    "CREATE TABLE ev_parent (id int PRIMARY KEY, code varchar(10) NOT NULL UNIQUE)",
    "CREATE TABLE ev_child (id bigint PRIMARY KEY, parent_id int REFERENCES ev_parent, a int, b varchar(40), c text)",
    "CREATE INDEX ev_ab ON ev_child (a, b DESC) INCLUDE (c)",
    "CREATE INDEX ev_some ON ev_child (parent_id) WHERE a > 3",
    "CREATE INDEX ev_lower ON ev_child (lower(b))",
    "CREATE TABLE ev_parts (id int, day date) PARTITION BY RANGE (day)",
    "CREATE TABLE ev_parts_1 PARTITION OF ev_parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "CREATE TABLE ev_secret (id int PRIMARY KEY, hidden int)",
    "CREATE VIEW ev_view AS SELECT p.id, c.a FROM ev_parent p JOIN ev_child c ON c.parent_id = p.id",
    'CREATE TABLE "ev odd\'name" ("a\\b" int)',
    "CREATE SCHEMA ev_other",
    "CREATE TABLE ev_other.ev_there (id int PRIMARY KEY)",
    "CREATE TABLE ev_far (id int PRIMARY KEY, there_id int REFERENCES ev_other.ev_there)",
    "CREATE TABLE ev_loose (id int UNIQUE DEFERRABLE, parent_id int REFERENCES ev_parent DEFERRABLE, other_id int)",
    "ALTER TABLE ev_loose ADD FOREIGN KEY (other_id) REFERENCES ev_parent NOT VALID",
    "CREATE TABLE ev_base (id int PRIMARY KEY)",
    "CREATE TABLE ev_derived () INHERITS (ev_base)",
    "INSERT INTO ev_parent SELECT n, 'p' || n FROM generate_series(1, 100) n",
    "INSERT INTO ev_child SELECT n, n % 100 + 1, CASE WHEN n % 4 > 0 THEN n % 7 END, 'b' || n % 3, NULL "
    "FROM generate_series(1, 2000) n",
    "INSERT INTO ev_parts SELECT n, DATE '2025-01-01' + n % 300 FROM generate_series(1, 500) n",
    "ANALYZE",
    "GRANT SELECT ON ev_parent, ev_view TO reader",
    "GRANT SELECT (id, a) ON ev_child TO reader",
)


@pytest.fixture(scope="session")
def ev_mariadb(mariadb: ShopServer) -> ShopServer:
    """MariaDB with the tables ``ev_…`` in ``scratch``."""
    mariadb.run_sql(MARIADB, database="scratch")
    return mariadb


@pytest.fixture(scope="session")
def ev_postgres(postgres: PostgresServer) -> PostgresServer:
    """PostgreSQL with the same in ``public``, and one table in ``ev_other``."""
    with postgres.connect() as connection:
        for statement in POSTGRES:
            connection.execute(statement.encode())
    return postgres


@pytest.fixture(scope="session")
def maria_app(ev_mariadb: ShopServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    with borrowing(ev_mariadb.url, tmp_path_factory.mktemp("maria"), "scratch") as session:
        yield session


@pytest.fixture(scope="session")
def postgres_app(ev_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    with borrowing(ev_postgres.url(), tmp_path_factory.mktemp("postgres"), "scratch") as session:
        yield session
