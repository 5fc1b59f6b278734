"""AUTO_INCREMENT: numbers begin where MySQL's do, whatever became of the table before."""

import re
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from proxy.upstreams.dialect import Column, FixedSchema, Table, Untranslatable, parse, translate
from tests.proxy.upstreams.conftest import ShopGateway, rows
from tests.proxy.upstreams.dialect.conftest import Translate

TABLE = "(id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9))"


@pytest.fixture
def connection(shop: ShopGateway) -> Iterator["pymysql.Connection[Any]"]:
    with shop.connect() as made:
        yield made
        rows(made, "DROP TABLE IF EXISTS numbered, renamed")


def inserted(connection: "pymysql.Connection[Any]", table: str = "numbered") -> list[int]:
    """The numbers of all rows once two more are in the table."""
    rows(connection, f"INSERT INTO {table} (name) VALUES ('a'), ('b')")
    return [number for (number,) in rows(connection, f"SELECT id FROM {table} ORDER BY id")]


def test_a_table_that_is_made_again_begins_at_1(connection: "pymysql.Connection[Any]") -> None:
    for _ in range(2):
        rows(connection, f"CREATE TABLE numbered {TABLE}")
        assert inserted(connection) == [1, 2]
        rows(connection, "DROP TABLE numbered")
    rows(connection, f"CREATE TABLE numbered {TABLE} AUTO_INCREMENT = 7")
    assert inserted(connection) == [7, 8]
    rows(connection, "DROP TABLE numbered")
    rows(connection, f"CREATE TABLE numbered {TABLE} AUTO_INCREMENT = 0")
    assert inserted(connection) == [1, 2]


def test_a_table_that_is_emptied_begins_at_1(connection: "pymysql.Connection[Any]") -> None:
    rows(connection, f"CREATE TABLE numbered {TABLE} AUTO_INCREMENT = 7")
    for _ in range(3):
        inserted(connection)
        rows(connection, "TRUNCATE TABLE numbered")
    assert inserted(connection) == [1, 2]
    rows(connection, "DELETE FROM numbered")
    assert inserted(connection) == [3, 4]


def test_a_renamed_table_and_the_one_in_its_place_count_apart(connection: "pymysql.Connection[Any]") -> None:
    rows(connection, f"CREATE TABLE numbered {TABLE}")
    inserted(connection)
    rows(connection, "RENAME TABLE numbered TO renamed")
    rows(connection, f"CREATE TABLE numbered {TABLE}")
    assert inserted(connection) == [1, 2]
    assert inserted(connection, "renamed") == [1, 2, 3, 4]
    rows(connection, "DROP TABLE numbered")
    assert inserted(connection, "renamed") == [1, 2, 3, 4, 5, 6]


def test_temporary_tables_of_one_name_count_apart(shop: ShopGateway, connection: "pymysql.Connection[Any]") -> None:
    with shop.connect() as other:
        for each in (connection, other):
            rows(each, f"CREATE TEMPORARY TABLE numbered {TABLE}")
            assert inserted(each) == [1, 2]


def test_a_sequence_that_was_not_made_for_the_column_is_not_set_back() -> None:
    shared = FixedSchema((Table("t", (Column("a", "integer", generated=True),)),))
    (tree,) = parse("TRUNCATE t")
    assert translate(tree, "duckdb", shared).sql == ('TRUNCATE TABLE "t"',)
    assert translate(tree, "sqlite", shared).sql == ('DELETE FROM "t"',)


def test_names_from_outside_stay_names(to: Translate) -> None:
    name = 'it"s; DROP TABLE people; --'
    (tree,) = parse(f"TRUNCATE `{name}`")
    table = Table(name, (Column("a'b", "integer", generated=True, own_counter=True),), schema='d"')
    forget, delete = translate(tree, "sqlite", FixedSchema((table,))).sql
    assert forget == f"""DELETE FROM "d""\".sqlite_sequence WHERE name = '{name}'"""
    assert delete == 'DELETE FROM "it""s; DROP TABLE people; --"'
    assert re.fullmatch(
        r"""CREATE SEQUENCE "d""e"\.("auto_increment_\w{16}") START 5; """
        r"""CREATE TABLE "d""e"\."t" \("a" INT DEFAULT NEXTVAL\('"d""e"\.\1'\) PRIMARY KEY\)""",
        to("duckdb", 'CREATE TABLE `d"e`.t (a INT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 5'),
    )


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize("start", ["9" * 19, "9" * 5000, "\u00b2"])
def test_a_first_number_that_no_column_holds(to: Translate, target: str, start: str) -> None:
    with pytest.raises(Untranslatable, match="AUTO_INCREMENT of this size"):
        to(target, f"CREATE TABLE t (a BIGINT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = {start}")


def test_a_first_number_of_a_bigint(to: Translate) -> None:
    sql = "CREATE TABLE t (a BIGINT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 100000000000000001"
    assert to("postgres", sql).endswith("RESTART WITH 100000000000000001")
    assert " START 100000000000000001;" in to("duckdb", sql)
    assert to("sqlite", sql).endswith("('t', 100000000000000000)")


def test_sqlite_adds_no_column_that_it_numbers(to: Translate) -> None:
    with pytest.raises(Untranslatable, match="AUTO_INCREMENT of a column that is added"):
        to("sqlite", "ALTER TABLE people ADD COLUMN n INT AUTO_INCREMENT UNIQUE")
