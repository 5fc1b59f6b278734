import contextlib
from collections.abc import Callable, Iterator

import pymysql
import pytest

from tests.nl2sql.direct import DirectSession, private_mariadb

SHOP = """
CREATE DATABASE shop; USE shop;
CREATE TABLE regions (id INT PRIMARY KEY, name VARCHAR(30) NOT NULL) COMMENT 'where customers live';
CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL, region_id INT NOT NULL, email VARCHAR(80),
  FOREIGN KEY (region_id) REFERENCES regions (id));
CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, ordered_at DATETIME NOT NULL,
  status VARCHAR(12) NOT NULL COMMENT 'state of delivery', total DECIMAL(10,2) NOT NULL COMMENT 'revenue in EUR');
CREATE TABLE salaries (id INT PRIMARY KEY, employee VARCHAR(30), amount INT, note LONGTEXT, photo BLOB);
CREATE TABLE log (id INT PRIMARY KEY, at DATETIME);
CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 100;
INSERT INTO regions VALUES (1,'North'),(2,'South'),(3,'West');
INSERT INTO customers SELECT seq, CONCAT('Customer ', seq), 1 + seq % 3, CONCAT('c', seq, '@example.com')
  FROM seq_1_to_20;
INSERT INTO orders SELECT seq, 1 + seq % 20, '2026-01-01' + INTERVAL seq DAY,
  ELT(1 + seq % 3,'paid','open','cancelled'),
  seq * 1.5 FROM seq_1_to_200;
INSERT INTO salaries VALUES (1,'secret person',1000,'x','y');
CREATE FUNCTION log_it(n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO log VALUES (n, NOW()); RETURN n; END;
CREATE SEQUENCE counter;
CREATE USER app@'%' IDENTIFIED BY 'secret';
GRANT SELECT ON shop.regions TO app@'%'; GRANT SELECT ON shop.customers TO app@'%';
GRANT SELECT ON shop.orders TO app@'%'; GRANT SELECT ON shop.big_orders TO app@'%';
GRANT INSERT ON shop.log TO app@'%';
CREATE USER clerk@'%' IDENTIFIED BY 'secret';
GRANT SELECT (id, name) ON shop.customers TO clerk@'%';
CREATE USER nobody@'%' IDENTIFIED BY 'secret';
CREATE ROLE accountant; GRANT SELECT ON shop.salaries TO accountant; GRANT accountant TO app@'%';
"""


def statements(script: str) -> Iterator[str]:
    """The script's statements; a stored function's body is one."""
    held = ""
    for part in script.split(";"):
        held += part
        if "BEGIN" in held and not held.rstrip().endswith("END"):
            held += ";"
            continue
        if held.strip():
            yield held.strip()
        held = ""


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    """The port of a server with the database ``shop`` and accounts of different rights."""
    with private_mariadb() as port:
        with contextlib.closing(pymysql.connect(host="127.0.0.1", port=port, user="root")) as root:
            for statement in statements(SHOP):
                root.cursor().execute(statement)
            root.commit()
        yield port


@pytest.fixture
def connect(mariadb: int) -> Iterator[Callable[..., DirectSession]]:
    """Opens sessions as any account; closes them."""
    with contextlib.ExitStack() as stack:

        def opened(user: str = "app", database: str | None = "shop") -> DirectSession:
            session = DirectSession(mariadb, user, "" if user == "root" else "secret", database)
            stack.callback(session.close)
            return session

        yield opened
