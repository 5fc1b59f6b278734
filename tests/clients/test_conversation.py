"""With the real model, over the wire: questions that go on from the one before, and questions in other languages."""

from contextlib import closing
from typing import Any

import mysql.connector
import pymysql
import pytest

from tests.clients.clients import taught
from tests.support.gateway import GatewayProcess

Rows = tuple[tuple[Any, ...], ...]
ENGINE_TIMEOUT = 600


def ask(connection: "pymysql.Connection[Any]", statement: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchall())


def connected(gateway: GatewayProcess) -> "closing[pymysql.Connection[Any]]":
    return closing(
        pymysql.connect(
            host=gateway.host,
            port=gateway.port,
            user="app",
            password="secret",
            database="shop",
            charset="utf8mb4",
            autocommit=True,
        )
    )


def count(where: str) -> str:
    return f"SELECT COUNT(*) FROM orders WHERE {where}"


@pytest.mark.timeout(ENGINE_TIMEOUT)
def test_a_conversation(ask_gateway: GatewayProcess) -> None:
    with connected(ask_gateway) as connection:
        march = ask(connection, "ASK 'How many orders were placed in March 2026?'")
        assert march == ask(connection, count("ordered_at >= '2026-03-01' AND ordered_at < '2026-04-01'"))
        april = ask(connection, "ASK 'and in April 2026?'")
        in_april = "ordered_at >= '2026-04-01' AND ordered_at < '2026-05-01'"
        assert april == ask(connection, count(in_april))
        cancelled = ask(connection, "ASK 'only cancelled ones'")
        assert cancelled == ask(connection, count(f"{in_april} AND status = 'cancelled'"))
        # Complete in itself: nothing of April is left.
        products = ask(connection, "ASK 'How many products are there?'")
        assert products == ask(connection, "SELECT COUNT(*) FROM products")


def test_a_reset_forgets(gateway: GatewayProcess) -> None:
    """Whether a question goes on is known before a model is asked: here none is."""
    first = "How many orders were placed in March 2026"
    with (
        taught(gateway.host, gateway.port, first, count("ordered_at LIKE '2026-03-%'")),
        closing(
            mysql.connector.connect(
                host=gateway.host, port=gateway.port, user="app", password="secret", database="shop", use_pure=True
            )
        ) as connection,
    ):

        def traced(question: str) -> list[str]:
            with closing(connection.cursor()) as cursor:
                cursor.execute(f"ASK TRACE '{question}'")
                return [row[0] for row in cursor.fetchall()]

        traced(first)
        assert "follow-up" in traced("and in April 2026?")
        connection.cmd_reset_connection()
        connection.database = "shop"
        assert "follow-up" not in traced("and in April 2026?")


@pytest.mark.timeout(ENGINE_TIMEOUT)
def test_one_question_in_each_language(ask_gateway: GatewayProcess) -> None:
    with connected(ask_gateway) as connection:
        customers = ask(connection, "SELECT COUNT(*) FROM customers")
        for question in ("¿Cuántos clientes hay?", "顧客は何人いますか？"):
            assert ask(connection, f"ASK '{question}'") == customers, question
        (told,) = ask(connection, "ASK NARRATE 'Wie viele Kunden gibt es?'")
        assert str(customers[0][0]) in str(told[0]).replace(".", "").replace(",", "")
        assert "Kunden" in told[0]
        *_, as_sql = ask(connection, "ASK WHY '有多少客户？'")
        assert as_sql[1].startswith("SQL：SELECT COUNT(")
        assert ask(connection, as_sql[1].removeprefix("SQL：")) == customers
