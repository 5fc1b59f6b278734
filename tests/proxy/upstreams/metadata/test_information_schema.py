"""Queries over INFORMATION_SCHEMA in MySQL's words."""

import pymysql
import pytest
import sqlalchemy as sa

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata, Reflection, reflect
from proxy.upstreams.metadata.system_tables import system_tables
from proxy.wire.columns import ColumnFlag, ColumnType
from tests.proxy.upstreams.metadata.conftest import Ask, view_of
from tests.support.shop_server import ShopServer


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
         [("big_orders",), ("customers",), ("orders",), ("regions",)]),
        ("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'main' AND TABLE_TYPE = 'view'",
         [("big_orders",)]),
        ("SELECT table_schema, table_rows, table_comment FROM information_schema.tables WHERE table_name = 'REGIONS'",
         [("shop", 2, "")]),
        ("SELECT t.* FROM (SELECT table_name AS n FROM information_schema.tables WHERE table_schema = 'shop') t "
         "WHERE n LIKE 'O%' OR n REGEXP '^REG'", [("orders",), ("regions",)]),
        ("SELECT IF(non_unique, 'no', 'yes'), GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '+') "
         "FROM information_schema.statistics WHERE table_name = 'orders' GROUP BY index_name, non_unique "
         "ORDER BY index_name",
         [("no", "customer_id+placed"), ("yes", "id")]),
        ("SELECT c.column_name, c.column_key, k.referenced_table_name FROM information_schema.columns c LEFT JOIN "
         "information_schema.key_column_usage k ON k.table_name = c.table_name AND k.column_name = c.column_name "
         "AND k.referenced_table_name IS NOT NULL WHERE c.table_name = 'customers' ORDER BY c.ordinal_position",
         [("id", "PRI", None), ("name", "", None), ("city", "", None), ("region_id", "MUL", "regions")]),
        ("WITH k AS (SELECT * FROM information_schema.key_column_usage) SELECT COUNT(*) FROM k "
         "WHERE table_name = 'orders'",
         [(2,)]),
        ("SELECT table_name, COUNT(*) AS n, table_schema FROM information_schema.columns WHERE table_schema = 'shop' "
         "GROUP BY table_name HAVING n > 5", [("orders", 7, "shop")]),
        ("SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' UNION ALL SELECT 'x' "
         "ORDER BY table_name LIMIT 1, 2", [("customers",), ("orders",)]),
        ("SELECT character_maximum_length, character_octet_length FROM information_schema.columns WHERE "
         "table_name = 'enum_probe' OR (table_name = 'orders' AND column_name = 'kind')", [(4, 16)]),
        ("SELECT numeric_precision, numeric_scale, is_nullable FROM information_schema.columns "
         "WHERE table_name = 'orders' AND column_name = 'total'", [(10, 2, "YES")]),
        ("SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT LIKE '%\\_schema'", [("shop",)]),
        ("SELECT constraint_type, constraint_name FROM information_schema.table_constraints "
         "WHERE table_name = 'regions'",
         [("PRIMARY KEY", "PRIMARY"), ("UNIQUE", "regions_name_key")]),
        ("SELECT check_clause FROM information_schema.check_constraints", [("(`total` >= 0)",)]),
        ("SELECT data_type FROM information_schema.columns WHERE table_schema = 'information_schema' AND "
         "table_name = 'TABLES' AND column_name = 'table_rows'", [("bigint",)]),
        ("SELECT character_set_name FROM information_schema.character_sets WHERE maxlen = 4 AND "
         "character_set_name < 'utf16'", [("gb18030",)]),
        ("SELECT id FROM information_schema.collations WHERE collation_name = 'UTF8MB4_bin'", [(46,)]),
        ("SELECT variable_value FROM performance_schema.session_variables WHERE variable_name = 'autocommit'",
         [("ON",)]),
        ("SELECT variable_value FROM information_schema.global_variables WHERE variable_name = 'version'",
         [("8.4.0-askwire",)]),
        ("SELECT COUNT(*) FROM information_schema.routines", [(0,)]),
        ("SELECT 1 FROM information_schema.tables WHERE 1 = 0", []),
        ("SELECT DISTINCT privilege_type FROM information_schema.table_privileges WHERE table_name = 'orders' "
         "ORDER BY privilege_type LIMIT 2", [("DELETE",), ("INSERT",)]),
        ("SELECT ISNULL(engine), `table_name` = 'ORDERS' FROM information_schema.tables WHERE table_name = 'orders'",
         [(0, 1)]),
        ("SELECT table_name COLLATE utf8mb4_bin FROM information_schema.tables WHERE BINARY table_name = 'orders'",
         [("orders",)]),
        ("SELECT SUBSTRING_INDEX(table_name, '_', -1) x FROM information_schema.views", [("orders",)]),
        ("TABLE information_schema.user_attributes", None),
    ],
)  # fmt: skip
def test_queries(ask: Ask, sql: str, rows: list[tuple[object, ...]] | None) -> None:
    if rows is not None:
        assert ask(sql) == rows


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT table_name, t.`Table_Schema` FROM information_schema.tables t", ["TABLE_NAME", "TABLE_SCHEMA"]),
        ("SELECT table_name AS tn, COUNT( * ), 'x', 1 + 1 FROM information_schema.tables GROUP BY 1",
         ["tn", "COUNT( * )", "x", "1 + 1"]),
        ("SELECT * FROM information_schema.collation_character_set_applicability",
         ["COLLATION_NAME", "CHARACTER_SET_NAME"]),
        ("SELECT @@version, DATABASE() FROM information_schema.tables", ["@@version", "DATABASE()"]),
    ],
)  # fmt: skip
def test_names(duckdb_metadata: Metadata, sql: str, names: list[str]) -> None:
    answer = duckdb_metadata.answer(sql)
    assert answer is not None
    assert [column.name for column in answer.columns] == names


def test_types(duckdb_metadata: Metadata) -> None:
    answer = duckdb_metadata.answer(
        "SELECT table_name, table_rows, create_time, column_type, ordinal_position, NULL, COUNT(*), SUM(table_rows) "
        "FROM information_schema.tables JOIN information_schema.columns USING (table_schema, table_name) "
        "GROUP BY 1, 2, 3, 4, 5"
    )
    assert answer is not None
    assert [column.type.name for column in answer.columns] == [
        *("VAR_STRING", "LONGLONG", "TIMESTAMP", "BLOB", "LONG", "VAR_STRING", "LONGLONG", "NEWDECIMAL"),
    ]
    assert answer.columns[0].length == 256
    assert answer.columns[0].flags & ColumnFlag.NOT_NULL
    assert answer.columns[1].flags & ColumnFlag.UNSIGNED
    assert answer.columns[3].type is ColumnType.BLOB
    assert not answer.columns[3].binary


def test_in_the_schema_itself(duckdb_metadata: Metadata, ask: Ask) -> None:
    duckdb_metadata.view.database = "information_schema"
    assert ask("SELECT COUNT(*) FROM engines") == [(1,)]
    assert ask("SHOW TABLES LIKE 'ENGINES'") == [("ENGINES",)]


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT * FROM information_schema.nope", 1109),
        ("SELECT nope FROM information_schema.tables", 1054),
        ("SELECT * FROM information_schema.tables WHERE nope = 1", 1054),
        ("SELECT NOPE(1) FROM information_schema.tables", 1305),
        ("SELECT * FROM information_schema.tables t JOIN orders o ON o.kind = t.table_name", 1235),
        ("INSERT INTO orders SELECT * FROM information_schema.tables", 1235),
        ("SELECT * FROM mysql.user", 1142),
        ("SELECT * FROM sys.version", 1142),
        ("SELECT * FROM performance_schema.threads", 1142),
        ("UPDATE information_schema.tables SET table_name = 'x'", 1044),
        ("DELETE FROM mysql.user", 1044),
        ("DROP TABLE information_schema.tables", 1044),
        ("CREATE TABLE information_schema.x (a INT)", 1044),
    ],
)
def test_errors(duckdb_metadata: Metadata, sql: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        duckdb_metadata.answer(sql)
    assert caught.value.number == number


def test_what_mixes_is_named(duckdb_metadata: Metadata) -> None:
    with pytest.raises(UpstreamError, match=r"information_schema.TABLES together with shop.orders"):
        duckdb_metadata.answer("SELECT * FROM information_schema.TABLES, orders")


def test_columns_are_those_of_mysql(mariadb: ShopServer) -> None:
    """Where MariaDB has a table too, the names of its columns are ours, but for what is only its own or only 8.4's."""
    connection = pymysql.connect(host=mariadb.host, port=mariadb.port, user="app", password="secret")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s",
            ("information_schema",),
        )
        theirs: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            theirs.setdefault(table, set()).add(column)
    checked = set(theirs) & {name for name in system_tables() if not name.startswith("INNODB_")}
    missing = {
        table: left
        for table in sorted(checked)
        if (left := theirs[table] - {column.name for column in system_tables()[table]})
    }
    assert len(checked) > 30
    assert missing == MARIADB_ONLY


MARIADB_ONLY: dict[str, set[str]] = {
    "CHECK_CONSTRAINTS": {"LEVEL", "TABLE_NAME"},
    "COLLATION_CHARACTER_SET_APPLICABILITY": {"ID", "IS_DEFAULT", "FULL_COLLATION_NAME"},
    "COLUMNS": {"IS_GENERATED"},
    "PLUGINS": {"PLUGIN_MATURITY", "PLUGIN_AUTH_VERSION"},
    "PROCESSLIST": {
        *("MAX_MEMORY_USED", "TID", "PROGRESS", "STAGE", "MAX_STAGE", "MEMORY_USED", "INFO_BINARY", "TIME_MS"),
        *("EXAMINED_ROWS", "QUERY_ID"),
    },
    "SCHEMATA": {"SCHEMA_COMMENT"},
    "STATISTICS": {"IGNORED"},
    "TABLES": {"MAX_INDEX_LENGTH", "TEMPORARY"},
    "VIEWS": {"ALGORITHM"},
}


def test_ddl_is_seen_when_it_is_told(duckdb_metadata: Metadata, ask: Ask, duckdb_shop: object) -> None:
    assert ask("SHOW TABLES LIKE 'late'") == []
    execute = duckdb_shop.exec_driver_sql  # type: ignore[attr-defined]
    execute("CREATE TABLE late (a INTEGER)")
    try:
        duckdb_metadata.invalidate()
        assert ask("SHOW TABLES LIKE 'late'") == [("late",)]
        assert ask("SELECT table_name FROM information_schema.tables WHERE table_name = 'late'") == [("late",)]
    finally:
        execute("DROP TABLE late")
    duckdb_metadata.invalidate()
    assert ask("SELECT table_name FROM information_schema.tables WHERE table_name = 'late'") == []


def test_the_default_schema_by_either_name(duckdb_metadata: Metadata, ask: Ask) -> None:
    sql = "SELECT DISTINCT table_schema FROM information_schema.columns WHERE table_schema IN ('main', 'shop')"
    assert ask(sql) == [("shop",)]
    duckdb_metadata.view.database = "main"
    assert ask(sql) == [("main",)]
    assert ask("SHOW DATABASES LIKE 'm%'") == [("main",)]
    assert len(ask("SHOW TABLES FROM shop")) == 4


def test_ddl_past_the_gateway_is_seen_when_what_is_known_is_old(duckdb_shop: sa.Connection) -> None:
    read = []

    def reading() -> Reflection:
        read.append(1)
        return reflect(duckdb_shop)

    metadata = Metadata(view_of(), reading, dialect="duckdb", schema="main", alias="shop", max_age_s=0)
    for _ in range(2):
        metadata.answer("SHOW TABLES")
    assert len(read) == 2
    metadata.answer("SELECT name FROM regions")
    assert metadata.reflection.table("main", "orders") is not None
    assert len(read) == 2
    metadata.close()
