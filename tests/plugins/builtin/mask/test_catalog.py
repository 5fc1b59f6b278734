"""What is read of the tables that a statement names."""

import pytest
import sqlglot

from plugins.builtin.mask import catalog as module
from plugins.builtin.mask.catalog import Catalog, Named, named_tables
from plugins.builtin.mask.rules import Rules
from plugins.errors import AskwireError
from plugins.upstream import UpstreamError
from tests.plugins.builtin.mask.checking import EMAIL, TABLES, Database, checked, rules

PII = {"tags": ["pii"]}


def names(sql: str) -> list[tuple[str, str, bool]]:
    return [(n.schema, n.name, n.may_miss) for n in named_tables(sqlglot.parse_one(sql, read="mysql"))]


async def masked(database: Database, name: str, given: Rules, schema: str = "shop") -> list[str] | None:
    """The names of masked columns of a table; None where the table is not protected."""
    tables = await Catalog(given).tables([Named(schema, name, may_miss=False)], database.facts())
    table = tables[schema, name]
    return [o.name for o in table.relation.outputs if o.flow] if table.protected else None


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", []),
        ("SELECT 1 FROM DUAL", []),
        ("SELECT 1 FROM a, s.b JOIN a x ON 1", [("s", "b", False), ("", "a", False)]),
        ("WITH a AS (SELECT 1) SELECT * FROM a, s.a", [("s", "a", False), ("", "a", True)]),
        ("CREATE TABLE n AS SELECT * FROM a", [("", "n", True), ("", "a", False)]),
        ("CREATE TABLE n AS SELECT * FROM n", [("", "n", False)]),
        ("DROP TABLE IF EXISTS n, s.m", [("", "n", True), ("s", "m", True)]),
        ("DROP DATABASE n", [("", "n", True)]),
        ("CREATE DATABASE n", [("", "n", True)]),
        ("DROP INDEX i ON a", [("", "i", True), ("", "a", False)]),
        ("TRUNCATE TABLE a", [("", "a", False)]),
        ("DELETE x FROM a x", [("", "x", True), ("", "a", False)]),
    ],
)
def test_names(sql: str, expected: list[tuple[str, str, bool]]) -> None:
    assert sorted(names(sql)) == sorted(expected)


@pytest.mark.parametrize("sql", ["SELECT * FROM a.b.c", "SELECT * FROM f(1)", "SELECT * FROM read_csv('/etc/passwd')"])
def test_what_is_no_table(sql: str) -> None:
    with pytest.raises(AskwireError, match="what FROM names cannot be checked"):
        names(sql)


async def test_columns_that_rules_mean() -> None:
    assert await masked(Database(), "people", rules(EMAIL)) == ["email"]
    assert await masked(Database(), "people", rules(PII)) == ["note"]
    assert await masked(Database(), "people", rules({"types": ["varchar"]})) == ["name", "email"]
    assert await masked(Database(), "orders", rules(EMAIL)) is None


async def test_a_temporary_table() -> None:
    database = Database(temporary={("shop", "temp"): ["email varchar"]})
    assert await masked(database, "temp", rules({"columns": ["*.*.email"]})) == ["email"]


async def test_a_table_that_is_not_there() -> None:
    with pytest.raises(UpstreamError, match=r"Table 'shop\.nothing' doesn't exist"):
        await masked(Database(), "nothing", rules(EMAIL))
    facts = Database().facts()
    assert await Catalog(rules(EMAIL)).tables([Named("", "nothing", may_miss=True)], facts) == {}


@pytest.mark.parametrize(
    ("schema", "name", "says"),
    [
        ("information_schema", "processlist", r"information_schema\.processlist may show values"),
        ("INFORMATION_SCHEMA", "INNODB_FT_INDEX_TABLE", "may show values"),
        ("mysql", "user", "mysql may show values"),
        ("Performance_Schema", "events_statements_history", "may show values"),
        ("pg_catalog", "pg_stats", "may show values"),
    ],
)
async def test_the_servers_own_tables(schema: str, name: str, says: str) -> None:
    with pytest.raises(AskwireError, match=says):
        await masked(Database(), name, rules(EMAIL), schema)


async def test_the_servers_own_names_can_be_read() -> None:
    assert await masked(Database(), "COLUMNS", rules({"columns": ["*.*.*"]}), "information_schema") is None


@pytest.mark.parametrize("name", ["a'b", "a\\", "ä", "a\nb"])
async def test_hostile_names_are_sent_in_hexadecimal(name: str) -> None:
    asked: list[str] = []

    async def query(sql: str) -> object:
        asked.append(sql)
        raise UpstreamError(1146, "42S02", "no")

    facts = Database().facts()
    facts = type(facts)(facts.database, facts.modes, facts.charset, facts.codec, facts.kind, facts.epoch, query)  # type: ignore[arg-type]
    with pytest.raises(UpstreamError):
        await Catalog(rules(EMAIL)).tables([Named("shop", name, may_miss=False)], facts)
    assert f"TABLE_NAME = CONVERT(x'{name.encode().hex()}' USING utf8)" in asked[0]
    assert name not in asked[0]


async def test_without_a_database() -> None:
    with pytest.raises(AskwireError, match="no database is selected"):
        await Catalog(rules(EMAIL)).tables([Named("", "people", may_miss=False)], Database(tables={}).facts(None))


async def test_what_is_known_is_kept_until_the_schema_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    database, catalog, people = Database(), Catalog(rules(EMAIL)), [Named("", "people", may_miss=False)]
    await catalog.tables(people, database.facts())
    asked = len(database.asked)
    await catalog.tables(people, database.facts())
    assert len(database.asked) == asked
    await catalog.tables(people, database.facts(epoch=1))
    assert len(database.asked) == 2 * asked
    monkeypatch.setattr(module, "KEPT_S", -1.0)
    await catalog.tables(people, database.facts(epoch=2))
    await catalog.tables(people, database.facts(epoch=2))
    assert len(database.asked) == 4 * asked


def with_view(definition: str | None, *columns: str) -> Database:
    tables = {**TABLES, ("shop", "v"): list(columns)}
    return Database(tables=tables, views={("shop", "v"): definition})


async def test_a_view_shows_what_its_query_does() -> None:
    database = with_view(
        "select `email` AS `e`, upper(`email`) AS `u`, `id` AS `i` from `shop`.`people`", "e t", "u t", "i t"
    )
    assert await masked(database, "v", rules(EMAIL)) == ["e", "u"]
    made = await checked("SELECT u, e, i FROM v", rules(EMAIL), database)
    assert made.flows is not None
    assert [bool(flow) for flow in made.flows] == [True, True, False]


async def test_a_view_of_other_tables() -> None:
    database = with_view("select `id` AS `i` from `shop`.`orders`", "i int")
    assert await masked(database, "v", rules(EMAIL)) is None
    assert await masked(database, "v", rules({"columns": ["shop.v.i"]})) == ["i"]


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        (None, "this account may not see how it is made"),
        ("select leak() AS `i`", "the function leak cannot be checked"),
        ("select sleep(1) AS `i`", "waits or takes locks"),
        ("select (", "How the view v is made cannot be read"),
        ("select `i` from json_table('[]', '$' columns (`i` int path '$')) `j`", "cannot be checked"),
        ("select `id` AS `i` from `shop`.`people` where `email` like 'a%'", r"people\.email is masked"),
        ("select `i` from `shop`.`v`", "made of too many others"),
    ],
)
async def test_views_that_cannot_be_checked(definition: str | None, says: str) -> None:
    with pytest.raises(AskwireError, match=says):
        await masked(with_view(definition, "i int"), "v", rules(EMAIL))


async def test_a_view_of_a_table_that_the_account_may_not_see() -> None:
    database = with_view("select `email` AS `e`, `id` AS `i` from `shop`.`people`", "e varchar", "i int")
    del database.tables["shop", "people"]
    assert await masked(database, "v", rules(EMAIL)) == ["e"]
    with pytest.raises(AskwireError, match=r"What the columns of shop\.people are is not known to this account"):
        await masked(database, "v", rules(EMAIL, PII))
