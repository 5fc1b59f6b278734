from pathlib import Path

import duckdb
import pytest

from diagnose.evidence.facts import MARIADB, POSTGRES, Schema, Server
from diagnose.evidence.mysql_facts import Name
from diagnose.evidence.reading import read_schema, read_server
from plugins import Session
from tests.diagnose.borrowing import Borrowing, borrowing
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer


def schema_of(lender: Borrowing, *names: Name) -> Schema:
    async def read(session: Session) -> Schema:
        session.state.clear()  # nothing kept from another test
        return await read_schema(session, names)

    return lender.run(read)


def server_of(lender: Borrowing) -> Server:
    return lender.run(read_server)


def test_mariadb_tells_of_itself(maria_app: Borrowing) -> None:
    server = server_of(maria_app)
    assert server.kind == MARIADB
    assert server.version.startswith(("10.", "11."))
    assert "STRICT" in server.settings["sql_mode"]
    assert int(server.settings["join_buffer_size"]) > 0


def test_postgres_tells_of_itself_and_not_what_the_gateway_makes_up(postgres_app: Borrowing) -> None:
    server = server_of(postgres_app)
    assert server.kind == POSTGRES
    assert server.version.startswith("15.")
    assert int(server.settings["work_mem"]) > 0
    assert "innodb_buffer_pool_size" not in server.settings


def test_a_table_of_mariadb(maria_app: Borrowing) -> None:
    schema = schema_of(maria_app, ("", "ev_child"), ("scratch", "ev_parent"), ("", "ev_missing"))
    assert [t.name for t in schema.tables] == ["ev_child", "ev_parent"]
    child = schema.table("EV_CHILD")
    assert child is not None
    assert (child.schema, child.engine, child.view) == ("scratch", "InnoDB", False)
    assert child.rows == pytest.approx(2000, rel=0.2)
    assert child.data_bytes is not None
    b, parent_id = child.column("B"), child.column("parent_id")
    assert b is not None
    assert parent_id is not None
    assert (b.type, b.nullable, b.collation, b.charset) == ("varchar(40)", True, "utf8mb4_bin", "utf8mb4")
    assert (parent_id.type, parent_id.collation) == ("int(11)", "")
    assert parent_id.distinct == pytest.approx(100, rel=0.2)
    assert child.foreign_keys[0].columns == ("parent_id",)
    assert (child.foreign_keys[0].to_table, child.foreign_keys[0].to_columns) == ("ev_parent", ("id",))
    parent = schema.table("ev_parent")
    assert parent is not None
    code = parent.column("code")
    assert code is not None
    assert (code.charset, code.nullable) == ("latin1", False)


def test_indexes_of_mariadb(maria_app: Borrowing) -> None:
    indexes = {i.name: i for i in schema_of(maria_app, ("", "ev_child")).tables[0].indexes}
    primary, ab, prefix, words = (indexes[name] for name in ("PRIMARY", "ab", "prefix", "words"))
    assert primary.primary
    assert primary.unique
    assert (ab.columns, ab.unique, ab.kind, ab.constraint) == (("a", "b"), False, "btree", False)
    first, both = ab.cardinality
    assert first is not None
    assert both is not None
    assert 5 <= first <= both <= 30
    assert prefix.prefixes == (20,)
    assert words.kind == "fulltext"
    assert indexes["parent_id"].constraint


def test_an_administrator_sees_more_of_mariadb(ev_mariadb: ShopServer, tmp_path: Path) -> None:
    with borrowing(ev_mariadb.url, tmp_path, "scratch", user="root", password="") as root:
        child = schema_of(root, ("", "ev_child")).tables[0]
    a, d = child.column("a"), child.column("d")
    assert a is not None
    assert d is not None
    assert a.distinct == pytest.approx(7)
    assert (a.nulls, d.nulls) == (0.0, 1.0)
    assert child.analyzed_s is not None
    assert child.analyzed_s < 3600
    assert all((index.size_bytes or 0) > 0 for index in child.indexes if index.kind == "btree")


def test_index_use_is_told_where_mariadb_counts_it(ev_mariadb: ShopServer, tmp_path: Path) -> None:
    ev_mariadb.run_sql("SET GLOBAL userstat = ON")
    try:
        with borrowing(ev_mariadb.url, tmp_path, "scratch", user="root", password="") as root:
            root.rows("SELECT COUNT(a) FROM ev_child FORCE INDEX (ab) WHERE a = 3")
            indexes = {i.name: i for i in schema_of(root, ("", "ev_child")).tables[0].indexes}
    finally:
        ev_mariadb.run_sql("SET GLOBAL userstat = OFF")
    assert (indexes["ab"].used or 0) > 0
    assert indexes["prefix"].used == 0


def test_partitions_views_and_odd_names_of_mariadb(maria_app: Borrowing) -> None:
    parts, view, odd = schema_of(maria_app, ("", "ev_parts"), ("", "ev_view"), ("", "ev odd`name")).tables
    assert (parts.partition_columns, "day" in parts.partition_expression) == (("day",), True)
    assert (view.view, [c.name for c in view.columns]) == (True, ["id", "a"])
    assert (odd.columns[0].name, odd.indexes[0].name, odd.indexes[0].columns) == ('a"b', "k'", ('a"b',))


def test_a_table_of_postgres(postgres_app: Borrowing) -> None:
    schema = schema_of(postgres_app, ("", "ev_child"), ("scratch", "EV_PARENT"), ("", "ev_missing"))
    assert [t.name for t in schema.tables] == ["ev_child", "ev_parent"]
    child = schema.tables[0]
    assert (child.schema, child.rows, child.view) == ("scratch", 2000.0, False)
    a, b, c = (child.column(name) for name in "abc")
    assert a is not None
    assert b is not None
    assert c is not None
    assert (b.type, b.nullable, b.distinct) == ("varchar(40)", True, 3.0)
    assert a.type == "int"
    assert a.nulls == pytest.approx(0.25)
    assert c.nulls == 1.0
    assert child.foreign_keys[0].to_table == "ev_parent"
    assert child.analyzed_s is not None
    assert child.analyzed_s < 3600


def test_indexes_of_postgres(postgres_app: Borrowing) -> None:
    indexes = {i.name: i for i in schema_of(postgres_app, ("", "ev_child")).tables[0].indexes}
    ab, some, lower, key = (indexes[name] for name in ("ev_ab", "ev_some", "ev_lower", "ev_child_pkey"))
    assert (ab.columns, ab.include, ab.descending) == (("a", "b"), ("c",), (False, True))
    assert some.predicate == "a > 3"
    assert lower.columns == ("(lower(b::text))",)
    assert (key.primary, key.unique, key.constraint, key.cardinality) == (True, True, True, (2000.0,))
    assert all((index.size_bytes or 0) > 0 and index.used is not None for index in indexes.values())


def test_partitions_views_schemas_and_odd_names_of_postgres(postgres_app: Borrowing) -> None:
    names = [("", "ev_parts"), ("", "ev_view"), ("ev_other", "ev_there"), ("", "ev odd'name"), ("x'\\", "y'\\\"")]
    parts, view, there, odd = schema_of(postgres_app, *names).tables
    assert (parts.partition_columns, parts.partition_expression, parts.rows) == (("day",), "RANGE (day)", 500.0)
    assert view.view
    assert (there.schema, there.indexes[0].primary) == ("ev_other", True)
    assert odd.columns[0].name == "a\\b"


def test_what_postgres_does_not_hold_at_any_time_for_any_row_is_no_key(postgres_app: Borrowing) -> None:
    far, loose, base = schema_of(postgres_app, ("", "ev_far"), ("", "ev_loose"), ("", "ev_base")).tables
    assert [key.to_table for key in far.foreign_keys] == ["ev_other.ev_there"]
    assert loose.foreign_keys == ()
    assert [(i.unique, i.constraint) for i in loose.indexes] == [(False, True)]
    assert [(i.unique, i.primary) for i in base.indexes] == [(False, True)]
    assert far.indexes[0].unique


HIDDEN = ("ev_secret", "hidden", "parent_id", "ev_parts")


def visible(schema: Schema) -> str:
    return repr(schema)


def test_an_account_of_mariadb_learns_nothing_that_it_may_not_see(ev_mariadb: ShopServer, tmp_path: Path) -> None:
    with borrowing(ev_mariadb.url, tmp_path, "scratch", user="reader") as reader:
        schema = schema_of(reader, ("", "ev_parent"), ("", "ev_child"), ("", "ev_secret"), ("", "ev_parts"))
    assert [t.name for t in schema.tables] == ["ev_parent", "ev_child"]
    assert [c.name for c in schema.tables[1].columns] == ["id", "a"]
    assert not [name for name in HIDDEN if name in visible(schema)]


def test_an_account_of_postgres_learns_nothing_that_it_may_not_see(ev_postgres: PostgresServer, tmp_path: Path) -> None:
    with borrowing(ev_postgres.url(), tmp_path, "scratch", user="reader") as reader:
        schema = schema_of(reader, ("", "ev_parent"), ("", "ev_child"), ("", "ev_secret"), ("", "ev_parts"))
    assert [t.name for t in schema.tables] == ["ev_parent", "ev_child"]
    assert [c.name for c in schema.tables[1].columns] == ["id", "a"]
    assert not [name for name in HIDDEN if name in visible(schema)]


def test_what_was_read_is_kept_until_the_schema_changes(maria_app: Borrowing) -> None:
    async def read(session: Session) -> tuple[Schema, Schema]:
        session.state.clear()
        return await read_schema(session, [("", "ev_parent")]), await read_schema(session, [("", "ev_parent")])

    first, second = maria_app.run(read)
    assert first is second
    maria_app.rows("CREATE TABLE ev_new (id INT)")
    try:
        third = maria_app.run(lambda session: read_schema(session, [("", "ev_parent")]))
    finally:
        maria_app.rows("DROP TABLE ev_new")
    assert third is not second


def test_other_databases_tell_what_the_gateway_knows(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as made:
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL)")
    with borrowing(f"duckdb:///{tmp_path}/x.duckdb", tmp_path / "gateway", "main", user="root", password="") as lender:
        assert server_of(lender).kind == "duckdb"
        table = schema_of(lender, ("", "t")).tables[0]
    assert [(c.name, c.nullable) for c in table.columns] == [("id", False), ("name", False)]
    assert table.primary is not None
