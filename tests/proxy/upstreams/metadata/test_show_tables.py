"""SHOW about databases, tables, columns and keys."""

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata
from tests.proxy.upstreams.metadata.conftest import Ask


def test_columns_in_full(ask: Ask) -> None:
    rows = {row[0]: row for row in ask("SHOW FULL COLUMNS FROM orders")}
    every = "select,insert,update,references"
    assert rows["id"] == ("id", "bigint", None, "NO", "PRI", None, "auto_increment", every, "")
    assert rows["total"] == ("total", "decimal(10,2)", None, "YES", "", "0.00", "", every, "in francs")
    assert rows["paid"][1:6] == ("tinyint(1)", None, "YES", "", "0")
    assert rows["placed"][5:7] == ("CURRENT_TIMESTAMP(6)", "DEFAULT_GENERATED")
    assert rows["kind"][1:3] == ("enum('a','it''s')", "utf8mb4_0900_ai_ci")
    assert rows["customer_id"][4] == "MUL"
    assert rows["extra"][1] == "json"


def test_index(ask: Ask) -> None:
    found = [row[:6] for row in ask("SHOW INDEX FROM orders")]
    assert found == [
        ("orders", 0, "PRIMARY", 1, "id", "A"),
        ("orders", 1, "by_customer", 1, "customer_id", "A"),
        ("orders", 1, "by_customer", 2, "placed", "A"),
    ]


def test_create_table(ask: Ask) -> None:
    (_, text), *_ = ask("SHOW CREATE TABLE orders")
    assert str(text).splitlines() == [
        "CREATE TABLE `orders` (",
        "  `id` bigint NOT NULL AUTO_INCREMENT,",
        "  `customer_id` int NOT NULL,",
        "  `total` decimal(10,2) DEFAULT '0.00' COMMENT 'in francs',",
        "  `paid` tinyint(1) DEFAULT '0',",
        "  `placed` datetime(6) DEFAULT CURRENT_TIMESTAMP(6),",
        "  `kind` enum('a','it''s') DEFAULT NULL,",
        "  `extra` json,",
        "  PRIMARY KEY (`id`),",
        "  KEY `by_customer` (`customer_id`,`placed`),",
        "  CONSTRAINT `orders_customer_id_id_fkey` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`),",
        "  CONSTRAINT `orders_total_check` CHECK ((`total` >= 0))",
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='What was ordered; it''s \"all\"'",
    ]


def test_create_view(ask: Ask) -> None:
    ((_, text, *_),) = ask("SHOW CREATE VIEW big_orders")
    assert str(text).startswith(
        "CREATE ALGORITHM=UNDEFINED DEFINER=`ann`@`%` SQL SECURITY DEFINER VIEW `big_orders` AS"
    )
    assert "`total` > 100" in str(text)


def test_no_database(duckdb_metadata: Metadata) -> None:
    duckdb_metadata.view.database = None
    with pytest.raises(UpstreamError) as caught:
        duckdb_metadata.answer("SHOW TABLES")
    assert caught.value.number == 1046
    answer = duckdb_metadata.answer("SHOW TABLES FROM shop")
    assert answer is not None
    assert answer.columns[0].name == "Tables_in_main"
    assert len(answer.rows) == 4


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SHOW CREATE", 1064),
        ("SHOW CREATE TABLE", 1064),
        ("SHOW CREATE USER", 1064),
        ("SHOW CREATE DATABASE nowhere", 1049),
        ("SHOW CREATE TRIGGER nowhere.t", 1049),
        ("SHOW CREATE VIEW nope", 1146),
        ("SHOW INDEX", 1064),
        ("SHOW INDEX FROM main.orders FROM nowhere", 1049),
        ("SHOW COLUMNS FROM", 1064),
        *((f"SHOW {what} FROM nowhere", 1049) for what in ("OPEN TABLES", "TRIGGERS", "EVENTS", "TABLE STATUS")),
    ],
)
def test_what_is_not_there(duckdb_metadata: Metadata, sql: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        duckdb_metadata.answer(sql)
    assert caught.value.number == number


def test_a_database_by_either_name(ask: Ask) -> None:
    created = "CREATE DATABASE{} `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ "
    created += "/*!80016 DEFAULT ENCRYPTION='N' */"
    assert ask("SHOW CREATE DATABASE main") == ask("SHOW CREATE SCHEMA shop") == [("shop", created.format(""))]
    both = ask("SHOW CREATE DATABASE IF NOT EXISTS shop")
    assert both == [("shop", created.format(" /*!32312 IF NOT EXISTS*/"))]


def test_the_account_is_shown_without_its_password(ask: Ask) -> None:
    own = [("CREATE USER `ann`@`%` IDENTIFIED WITH 'caching_sha2_password' REQUIRE NONE",)]
    assert ask("SHOW CREATE USER CURRENT_USER()") == ask("SHOW CREATE USER ann@'%'") == own


def test_a_table_s_status_says_what_is_known(ask: Ask) -> None:
    (regions,) = ask("SHOW TABLE STATUS LIKE 'regions'")
    assert regions[:5] == ("regions", "InnoDB", 10, "Dynamic", 2)
    assert regions[10:14] == (None,) * 4  # next number, made, changed, checked
    (view,) = ask("SHOW TABLE STATUS LIKE 'big_orders'")
    assert set(view[1:17]) == {None}
    assert view[17] == "VIEW"
