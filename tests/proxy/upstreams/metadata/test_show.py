"""SHOW and DESCRIBE on DuckDB; the columns' names are those of MySQL 8.4."""

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata
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
