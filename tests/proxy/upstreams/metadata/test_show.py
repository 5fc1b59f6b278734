"""SHOW and DESCRIBE on DuckDB; the columns' names are those of MySQL 8.4."""

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata, Process, Warning
from tests.proxy.upstreams.metadata.conftest import Ask

# From the manual of MySQL 8.4, chapter 15.7.7.
COLUMNS = {
    "SHOW DATABASES": "Database",
    "SHOW DATABASES LIKE 's%'": "Database (s%)",
    "SHOW TABLES": "Tables_in_shop",
    "SHOW TABLES FROM main": "Tables_in_shop",
    "SHOW TABLES LIKE 'o%'": "Tables_in_shop (o%)",
    "SHOW FULL TABLES": "Tables_in_shop Table_type",
    "SHOW COLUMNS FROM orders": "Field Type Null Key Default Extra",
    "SHOW FULL COLUMNS FROM orders": "Field Type Collation Null Key Default Extra Privileges Comment",
    "DESCRIBE orders": "Field Type Null Key Default Extra",
    "SHOW INDEX FROM orders": "Table Non_unique Key_name Seq_in_index Column_name Collation Cardinality Sub_part "
    "Packed Null Index_type Comment Index_comment Visible Expression",
    "SHOW CREATE TABLE orders": "Table Create_Table",
    "SHOW CREATE VIEW big_orders": "View Create_View character_set_client collation_connection",
    "SHOW CREATE TABLE big_orders": "View Create_View character_set_client collation_connection",
    "SHOW CREATE DATABASE shop": "Database Create_Database",
    "SHOW TABLE STATUS": "Name Engine Version Row_format Rows Avg_row_length Data_length Max_data_length Index_length "
    "Data_free Auto_increment Create_time Update_time Check_time Collation Checksum Create_options Comment",
    "SHOW VARIABLES": "Variable_name Value",
    "SHOW GLOBAL STATUS": "Variable_name Value",
    "SHOW ENGINES": "Engine Support Comment Transactions XA Savepoints",
    "SHOW PLUGINS": "Name Status Type Library License",
    "SHOW CHARACTER SET": "Charset Description Default_collation Maxlen",
    "SHOW COLLATION": "Collation Charset Id Default Compiled Sortlen Pad_attribute",
    "SHOW PROCESSLIST": "Id User Host db Command Time State Info",
    "SHOW GRANTS": "Grants_for_ann@%",
    "SHOW PRIVILEGES": "Privilege Context Comment",
    "SHOW WARNINGS": "Level Code Message",
    "SHOW COUNT(*) WARNINGS": "@@session.warning_count",
    "SHOW COUNT(*) ERRORS": "@@session.error_count",
    "SHOW TRIGGERS": "Trigger Event Table Statement Timing Created sql_mode Definer character_set_client "
    "collation_connection Database_Collation",
    "SHOW EVENTS": "Db Name Definer Time_zone Type Execute_at Interval_value Interval_field Starts Ends Status "
    "Originator character_set_client collation_connection Database_Collation",
    "SHOW PROCEDURE STATUS": "Db Name Type Definer Modified Created Security_type Comment character_set_client "
    "collation_connection Database_Collation",
    "SHOW OPEN TABLES": "Database Table In_use Name_locked",
    "SHOW PROFILES": "Query_ID Duration Query",
    "SHOW CREATE USER ann": "CREATE_USER_for_ann@%",
}


@pytest.mark.parametrize("sql", COLUMNS)
def test_column_names(duckdb_metadata: Metadata, sql: str) -> None:
    answer = duckdb_metadata.answer(sql)
    assert answer is not None
    expected = COLUMNS[sql]
    if "(" not in expected:
        assert [column.name.replace(" ", "_") for column in answer.columns] == expected.split(" ")
    else:
        assert [column.name for column in answer.columns] == [expected]


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("SHOW TABLES", ["big_orders", "customers", "orders", "regions"]),
        ("SHOW TABLES IN shop LIKE 'O%'", ["orders"]),
        ("SHOW TABLES WHERE Tables_in_shop > 'c'", ["customers", "orders", "regions"]),
        ("SHOW FULL TABLES WHERE `Table_type` = 'VIEW'", ["big_orders"]),
        ("SHOW FULL TABLES IN `shop` WHERE Table_type LIKE 'view' OR Tables_in_shop IN ('ORDERS')",
         ["big_orders", "orders"]),
        ("SHOW DATABASES", ["information_schema", "performance_schema", "shop"]),
        ("SHOW SCHEMAS LIKE '%\\_schema'", ["information_schema", "performance_schema"]),
        ("SHOW SCHEMAS WHERE `Database` NOT LIKE '%\\_schema'", ["shop"]),
        ("SHOW COLUMNS FROM customers LIKE '%i%'", ["id", "city", "region_id"]),
        ("SHOW COLUMNS FROM customers WHERE `Null` = 'YES' AND Field <> 'city'", ["region_id"]),
        ("SHOW FIELDS IN customers IN main WHERE Key = 'MUL'", ["region_id"]),
        ("SHOW COLUMNS FROM shop.regions", ["id", "name"]),
        ("DESC customers city", ["city"]),
        ("DESCRIBE shop.customers 'c%'", ["city"]),
        ("EXPLAIN regions", ["id", "name"]),
        ("SHOW VARIABLES LIKE 'character\\_set\\_c%'", ["character_set_client", "character_set_connection"]),
        ("SHOW SESSION VARIABLES WHERE Variable_name IN ('PORT', 'socket') AND Value <> ''", ["port"]),
        ("SHOW VARIABLES WHERE Value = @@version", ["version"]),
        ("SHOW CHARSET LIKE 'utf8mb4'", ["utf8mb4"]),
        ("SHOW COLLATION WHERE Charset = 'utf8mb4' AND `Default` = 'Yes'", ["utf8mb4_0900_ai_ci"]),
        ("SHOW COLLATION WHERE Id = 45", ["utf8mb4_general_ci"]),
        ("SHOW TABLE STATUS LIKE 'orders'", ["orders"]),
        ("SHOW TABLE STATUS WHERE Name = 'regions' AND Rows = 2", ["regions"]),
        ("SHOW TABLES FROM information_schema LIKE 'TABLE\\_%S'", ["TABLE_CONSTRAINTS", "TABLE_CONSTRAINTS_EXTENSIONS",
         "TABLE_PRIVILEGES"]),
        ("SHOW COLUMNS FROM information_schema.CHARACTER_SETS", ["CHARACTER_SET_NAME", "DEFAULT_COLLATE_NAME",
         "DESCRIPTION", "MAXLEN"]),
        ("SHOW INDEX FROM orders WHERE Key_name = 'PRIMARY'", ["orders"]),
        ("SHOW /*!50002 FULL */ TABLES LIKE 'regions'", ["regions"]),
    ],
)  # fmt: skip
def test_rows(ask: Ask, sql: str, first: list[str]) -> None:
    assert [row[0] for row in ask(sql)] == first


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


def test_grants(ask: Ask) -> None:
    assert [row[0] for row in ask("SHOW GRANTS FOR CURRENT_USER()")] == [
        "GRANT USAGE ON *.* TO `ann`@`%`",
        "GRANT ALL PRIVILEGES ON `shop`.* TO `ann`@`%`",
    ]
    assert ask("SHOW GRANTS FOR 'ann'@'%'") == ask("SHOW GRANTS")


def test_warnings(duckdb_metadata: Metadata, ask: Ask) -> None:
    duckdb_metadata.view.warnings = [Warning("Note", 1, "a"), Warning("Error", 2, "b"), Warning("Warning", 3, "c")]
    assert ask("SHOW WARNINGS LIMIT 1, 5") == [("Error", 2, "b"), ("Warning", 3, "c")]
    assert ask("SHOW WARNINGS LIMIT 1 OFFSET 2") == [("Warning", 3, "c")]
    assert ask("SHOW ERRORS") == [("Error", 2, "b")]
    assert ask("SHOW COUNT(*) WARNINGS") == ask("SELECT @@warning_count") == [(3,)]
    assert ask("SHOW COUNT(*) ERRORS") == ask("SELECT @@error_count") == [(1,)]


def test_processlist(duckdb_metadata: Metadata, ask: Ask) -> None:
    long = "SELECT " + "1" * 200
    duckdb_metadata.view.processes = lambda: [Process(7, "ann", "127.0.0.1:5", "shop", "Query", 3, "executing", long)]
    assert ask("SHOW PROCESSLIST") == [(7, "ann", "127.0.0.1:5", "shop", "Query", 3, "executing", long[:100])]
    assert ask("SHOW FULL PROCESSLIST")[0][-1] == long
    assert ask("SELECT id, info FROM information_schema.processlist") == [(7, long)]


def test_status_is_the_owners(duckdb_metadata: Metadata, ask: Ask) -> None:
    duckdb_metadata.view.status = lambda: {"Uptime": 12, "Ssl_cipher": "TLS_AES_256_GCM_SHA384"}
    assert ask("SHOW STATUS LIKE 'uptime'") == [("Uptime", "12")]
    assert ask("SHOW STATUS LIKE 'Ssl_cipher'") == [("Ssl_cipher", "TLS_AES_256_GCM_SHA384")]


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SHOW NONSENSE", 1064),
        ("SHOW", 1064),
        ("SHOW TABLES FROM nope", 1049),
        ("SHOW TABLES FROM mysql", 1044),
        ("SHOW TABLES LIKE", 1064),
        ("SHOW TABLES LIKE unquoted", 1064),
        ("SHOW TABLES WHERE", 1064),
        ("SHOW TABLES WHERE nope = 1", 1054),
        ("SHOW TABLES WHERE 1 = 1 ORDER BY 1", 1064),
        ("SHOW TABLES WHERE Tables_in_shop IN (SELECT * FROM shown)", 1235),
        ("SHOW TABLES x", 1064),
        ("SHOW FULL DATABASES", 1064),
        ("SHOW GLOBAL TABLES", 1064),
        ("SHOW COLUMNS FROM nope", 1146),
        ("SHOW COLUMNS FROM orders FROM nope", 1049),
        ("SHOW COLUMNS", 1064),
        ("SHOW CREATE TABLE nope", 1146),
        ("SHOW CREATE VIEW orders", 1347),
        ("SHOW CREATE PROCEDURE p", 1305),
        ("SHOW CREATE TRIGGER t", 1360),
        ("SHOW CREATE EVENT e", 1539),
        ("SHOW CREATE USER root", 1142),
        ("SHOW GRANTS FOR root@localhost", 1044),
        ("SHOW ENGINE INNODB STATUS", 1227),
        ("SHOW BINARY LOG STATUS", 1227),
        ("SHOW MASTER STATUS", 1227),
        ("SHOW REPLICA STATUS", 1227),
        ("SHOW BINARY LOGS", 1227),
        ("DESCRIBE nope", 1146),
        ("DESCRIBE orders id x", 1064),
        ("SHOW TABLES FROM 'shop'", 1064),
        ("SHOW WARNINGS LIMIT x", 1064),
        ("SHOW TABLES LIKE 'a", 1064),
    ],
)
def test_errors(duckdb_metadata: Metadata, sql: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        duckdb_metadata.answer(sql)
    assert caught.value.number == number


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
    "sql",
    [
        "EXPLAIN SELECT 1",
        "EXPLAIN FORMAT=JSON SELECT 1",
        "DESC SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN FORMAT = TREE SELECT 1",
        "DESCRIBE",
    ],
)
def test_explain_of_a_statement_is_the_upstreams(duckdb_metadata: Metadata, sql: str) -> None:
    assert duckdb_metadata.answer(sql) is None
