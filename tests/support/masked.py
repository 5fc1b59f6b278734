"""Tables with masked columns beside the sample shop, and clients of a gateway that masks them."""

from typing import Any

import pymysql
from pymysql.constants import CLIENT

from tests.support.gateway import GatewayProcess

MASKED = 57073
RULES = [
    {"columns": ["shop.customers.email"], "accounts": ["app@*"], "action": "partial", "first": 1},
    {"columns": ["scratch.mask_people.salary"], "accounts": ["app@*"], "action": "noise"},
    {"tags": ["secret"], "accounts": ["app@*"], "text": "(secret)"},
]
SETUP = """
CREATE TABLE scratch.mask_people (id INT PRIMARY KEY, name VARCHAR(40), salary DECIMAL(10,2) NOT NULL,
  iban VARCHAR(40) COMMENT 'bank account @secret', boss INT, UNIQUE (iban));
INSERT INTO scratch.mask_people VALUES (1,'Ann',5000,'DE11SECRET',NULL),(2,'Bob',4000,'DE22SECRET',1);
CREATE TABLE scratch.mask_free (id INT, note VARCHAR(99));
CREATE VIEW scratch.mask_view AS SELECT id, email AS contact, UPPER(email) AS loud, name FROM shop.customers;
CREATE ALGORITHM=TEMPTABLE VIEW scratch.mask_nested AS SELECT contact AS c, loud, name FROM scratch.mask_view;
CREATE VIEW scratch.mask_filtered AS SELECT id, name FROM shop.customers;
CREATE VIEW scratch.mask_waits AS SELECT BENCHMARK(9, 1) AS z;
CREATE FUNCTION scratch.mask_leak() RETURNS TEXT READS SQL DATA RETURN (SELECT email FROM shop.customers LIMIT 1);
CREATE PROCEDURE scratch.mask_call() SELECT email FROM shop.customers
"""
NAMES = (
    "TABLE mask_people,TABLE mask_free,VIEW mask_view,VIEW mask_nested,VIEW mask_filtered,VIEW mask_waits,"
    "FUNCTION mask_leak"
)


def connect(gateway: GatewayProcess, user: str = "app", **options: Any) -> pymysql.connections.Connection:  # type: ignore[type-arg]
    return pymysql.connect(
        host=gateway.host, port=gateway.port, user=user, password="" if user == "open" else "secret",
        database="shop", autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS, **options,
    )  # fmt: skip


def number_of(error: pymysql.MySQLError) -> int:
    """PyMySQL reads the number with a sign."""
    return int(error.args[0]) % 65536


def everything(session: Any, sql: str) -> list[tuple[Any, ...]]:
    """The rows of all results."""
    with session.cursor() as cursor:
        cursor.execute(sql)
        rows = list(cursor.fetchall())
        while cursor.nextset():
            rows += cursor.fetchall()
    return rows
