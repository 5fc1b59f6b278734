"""Examples made from a schema: few, of its own names, and each runs."""

import contextlib

import pymysql
import pytest

from nl2sql.catalog import Catalog
from nl2sql.examples import examples, quote
from nl2sql.guard import check, explain
from nl2sql.prompt import system_prompt
from tests.nl2sql.conftest import statements
from tests.nl2sql.direct import DirectSession
from tests.nl2sql.hotel import hotel_catalog

AWKWARD = """
CREATE DATABASE awkward; USE awkward;
CREATE TABLE `order` (`rank` INT PRIMARY KEY, `group name` VARCHAR(30), `key` INT);
CREATE TABLE `select` (id INT PRIMARY KEY, `order` INT, `when` DATETIME, `total amount` DECIMAL(8,2),
  kind VARCHAR(20), FOREIGN KEY (`order`) REFERENCES `order` (`rank`));
INSERT INTO `order` VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO `select` SELECT seq, 1 + seq % 2, '2026-01-01' + INTERVAL seq DAY, seq, ELT(1 + seq % 2, 'it''s', 'x\\\\y')
  FROM seq_1_to_60;
CREATE TABLE bare (id INT PRIMARY KEY, n INT);
"""


@pytest.mark.parametrize("database", ["awkward", "shop"])
async def test_each_passes_the_guard_unchanged_and_runs(mariadb: int, database: str) -> None:
    with contextlib.closing(pymysql.connect(host="127.0.0.1", port=mariadb, user="root", autocommit=True)) as root:
        if database == "awkward":
            for statement in statements(AWKWARD):
                root.cursor().execute(statement)
        session = DirectSession(mariadb, database=database)
        try:
            catalog = await hotel_catalog(session)
            made = examples(catalog)
            assert len(made) >= 4
            for example in made:
                session.run(example.sql)
                guarded = check(example.sql, catalog, 1000)
                assert not [n for n in guarded.notes if not n.startswith("at most")], example.sql
                assert await explain(session, guarded) is None
            assert all(example.sql in system_prompt(catalog) for example in made)
            assert examples(catalog) == made, "the prompt's prefix has to stay the same"
        finally:
            session.close()
            if database == "awkward":
                root.cursor().execute("DROP DATABASE awkward")


def test_nothing_to_show_is_no_example() -> None:
    assert examples(Catalog("empty")) == []


@pytest.mark.parametrize(
    ("name", "written"), [("a_b", "a_b"), ("a b", "`a b`"), ("1a", "`1a`"), ("order", "`order`"), ("a`b", "`a``b`")]
)
def test_names_are_quoted_where_they_need_it(name: str, written: str) -> None:
    assert quote(name) == written
