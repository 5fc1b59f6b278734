"""The tables that the rules are tried on, the same on MariaDB and PostgreSQL; made through the gateway, in MySQL's SQL.

``diag_customers`` (5,000 rows), ``diag_orders`` and ``diag_lines`` (20,000), ``diag_products`` (200), ``diag_events``
(20,000, partitioned by day). Leave them as you found them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql

from tests.support.gateway import GatewayProcess

DATABASES = {"mariadb": "scratch", "postgres": "diag"}

# diag_numbers (seq: 1 to 20,000) is there already.
TABLES = """
CREATE TABLE diag_customers (
  id INT NOT NULL PRIMARY KEY, email VARCHAR(60) NOT NULL UNIQUE, code VARCHAR(20) NOT NULL, name VARCHAR(40),
  city VARCHAR(40) NOT NULL, country CHAR(2) NOT NULL, referrer_id INT, created_at DATETIME NOT NULL,
  KEY diag_customers_code (code), KEY diag_customers_name (name), KEY diag_customers_created (created_at));
CREATE TABLE diag_products (id INT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, price DECIMAL(8,2) NOT NULL);
CREATE TABLE diag_orders (
  id INT NOT NULL PRIMARY KEY, customer_id INT NOT NULL, status VARCHAR(10) NOT NULL, number VARCHAR(20) NOT NULL,
  total DECIMAL(10,2), discount DECIMAL(10,2), ordered_on DATE, created_at DATETIME NOT NULL, note VARCHAR(100),
  KEY diag_orders_customer (customer_id), KEY diag_orders_number (number), KEY diag_orders_total (total),
  KEY diag_orders_ordered (ordered_on), KEY diag_orders_created (created_at),
  FOREIGN KEY (customer_id) REFERENCES diag_customers (id));
CREATE TABLE diag_lines (
  order_id INT NOT NULL, line INT NOT NULL, product_id INT NOT NULL, quantity INT NOT NULL, price DECIMAL(8,2) NOT NULL,
  PRIMARY KEY (order_id, line), KEY diag_lines_product (product_id));
INSERT INTO diag_customers SELECT seq, CONCAT('c', seq, '@example.com'), CONCAT('', 100000 + seq),
  CASE WHEN seq % 10 = 0 THEN NULL ELSE CONCAT('Name ', seq % 3000) END, CONCAT('City ', seq % 300),
  CASE WHEN seq % 3 = 0 THEN 'DE' ELSE 'FR' END, CASE WHEN seq % 4 = 0 THEN NULL ELSE (seq * 7) % 5000 + 1 END,
  TIMESTAMPADD(HOUR, seq * 7, '2020-01-01') FROM diag_numbers WHERE seq <= 5000;
INSERT INTO diag_products SELECT seq, CONCAT('Product ', seq), seq / 4 FROM diag_numbers WHERE seq <= 200;
INSERT INTO diag_orders SELECT seq, (seq * 13) % 5000 + 1,
  CASE WHEN seq % 100 = 0 THEN 'open' WHEN seq % 7 = 0 THEN 'returned' ELSE 'closed' END, CONCAT('', 500000 + seq),
  CASE WHEN seq % 50 = 0 THEN NULL ELSE (seq * 37) % 9000 / 10 END, CASE WHEN seq % 3 = 0 THEN 5 ELSE NULL END,
  CASE WHEN seq % 40 = 0 THEN NULL ELSE CAST(TIMESTAMPADD(DAY, seq % 2000, '2019-01-01') AS DATE) END,
  TIMESTAMPADD(HOUR, seq * 2, '2020-01-01'), CASE WHEN seq % 5 = 0 THEN NULL ELSE CONCAT('note ', seq) END
  FROM diag_numbers;
INSERT INTO diag_lines SELECT seq, 1, (seq * 3) % 200 + 1, seq % 9 + 1, seq % 100 FROM diag_numbers;
"""
PARTITIONS = {
    "mariadb": """
CREATE TABLE diag_events (id INT NOT NULL, day DATE NOT NULL, kind INT NOT NULL, PRIMARY KEY (id, day))
  PARTITION BY RANGE (TO_DAYS(day)) (PARTITION p23 VALUES LESS THAN (TO_DAYS('2024-01-01')),
  PARTITION p24 VALUES LESS THAN (TO_DAYS('2025-01-01')), PARTITION p25 VALUES LESS THAN MAXVALUE);
""",
    "postgres": """
/*raw*/CREATE TABLE diag_events (id INT NOT NULL, day DATE NOT NULL, kind INT NOT NULL, PRIMARY KEY (id, day))
  PARTITION BY RANGE (day);
/*raw*/CREATE TABLE diag_events_23 PARTITION OF diag_events FOR VALUES FROM ('2000-01-01') TO ('2024-01-01');
/*raw*/CREATE TABLE diag_events_24 PARTITION OF diag_events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
/*raw*/CREATE TABLE diag_events_25 PARTITION OF diag_events FOR VALUES FROM ('2025-01-01') TO ('2100-01-01');
""",
}
EVENTS = """
INSERT INTO diag_events SELECT seq, CAST(TIMESTAMPADD(DAY, seq % 1000, '2023-01-01') AS DATE), seq % 50
  FROM diag_numbers;
"""
ANALYZED = ("diag_customers", "diag_products", "diag_orders", "diag_lines", "diag_events")


@dataclass(frozen=True)
class Diagnosed:
    """One server behind its gateway. ``kind``: mariadb or postgres."""

    kind: str
    gateway: GatewayProcess
    client: "pymysql.Connection[Any]"  # as the tables' owner, in their database

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        with self.client.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def findings(self, sql: str) -> dict[str, tuple[Any, ...]]:
        """The rows of ``EXPLAIN AI sql`` by their code."""
        return {str(row[1]): row for row in self.rows(f"EXPLAIN AI {sql}")}


@contextmanager
def diagnosed(kind: str, gateway: GatewayProcess) -> Iterator[Diagnosed]:
    """Fill the tables, through ``gateway``."""
    client = pymysql.connect(
        host=gateway.host, port=gateway.port, user="app", password="secret", database=DATABASES[kind], autocommit=True
    )
    with client:
        server = Diagnosed(kind, gateway, client)
        for statement in (TABLES + PARTITIONS[kind] + EVENTS).split(";\n"):
            if statement.strip(" \n;"):
                server.rows(statement.strip(" \n;"))
        server.rows(f"ANALYZE TABLE {', '.join(ANALYZED)}")
        yield server
