"""Values of the question, found in the data; and a literal that stands in the wrong column, put to the right one."""

import contextlib
from collections.abc import Iterator

import pymysql
import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link
from nl2sql.values import FoundValue, find_values, known_values, phrases
from tests.nl2sql.conftest import statements
from tests.nl2sql.direct import DirectSession
from tests.nl2sql.hotel import checked, hotel_catalog

FARM = """
CREATE DATABASE farm; USE farm;
CREATE TABLE breeds (id INT PRIMARY KEY, code VARCHAR(8), title VARCHAR(30));
CREATE TABLE animals (id INT PRIMARY KEY, breed_id INT, tag VARCHAR(20), pen VARCHAR(10), health VARCHAR(10), note TEXT,
  FOREIGN KEY (breed_id) REFERENCES breeds (id));
INSERT INTO breeds VALUES (1, 'AGS', 'Angus'), (2, 'HLS', 'Holstein'), (3, 'JER', 'O''Jersey');
INSERT INTO animals SELECT seq, 1 + seq % 3, CONCAT('T-', seq), ELT(1 + seq % 2, 'northern', 'southern'),
  ELT(1 + seq % 3, 'good', 'not good', 'poor'), CONCAT('note ', seq) FROM seq_1_to_60;
CREATE VIEW tags AS SELECT tag FROM animals;
"""


@pytest.fixture(scope="module")
def farm(mariadb: int) -> Iterator[DirectSession]:
    with contextlib.closing(pymysql.connect(host="127.0.0.1", port=mariadb, user="root", autocommit=True)) as root:
        for statement in statements(FARM):
            root.cursor().execute(statement)
        session = DirectSession(mariadb, database="farm")
        yield session
        session.close()
        root.cursor().execute("DROP DATABASE farm")


@pytest.fixture
async def catalog(farm: DirectSession) -> Catalog:
    return await hotel_catalog(farm)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("animals tagged 'T-7'", {("animals", "tag", "T-7")}),
        ("weight of T-7 and T-9", {("animals", "tag", "T-7"), ("animals", "tag", "T-9")}),
        ("how heavy are Angus cows?", {("breeds", "title", "Angus")}),
        ("breed 'hls'", {("breeds", "code", "HLS")}),  # spelled as the data has it
        ('the title "O\'Jersey"', {("breeds", "title", "O'Jersey")}),
        ("品種は'HLS'です", {("breeds", "code", "HLS")}),
        ("animals in the Southern pen", {("animals", "pen", "southern")}),
        ("which are NOT good", {("animals", "health", "not good"), ("animals", "health", "good")}),
        ("nothern animals", {("animals", "pen", "northern")}),
        ("animals of 'Nobody'", set()),
        ("how many animals?", set()),
        ("x') OR 1=1 -- 'y\\'", set()),
    ],
)
async def test_found(farm: DirectSession, catalog: Catalog, question: str, found: set[tuple[str, str, str]]) -> None:
    values = await find_values(farm, question, catalog)
    assert {(v.table, v.column, v.value) for v in values} == found


async def test_without_a_name_nothing_is_asked_and_errors_are_no_harm(farm: DirectSession, catalog: Catalog) -> None:
    farm.queries.clear()
    await find_values(farm, "how many animals are poor", catalog)
    assert farm.queries == []
    gone = Catalog("farm", (CatalogTable("gone", (CatalogColumn("a", "varchar(9)"),)),))
    assert await find_values(farm, "animals of 'Nobody'", gone) == []


def test_phrases() -> None:
    assert phrases("Which Animals has Bob's Farm, at 'Old  Mill' or T-7?", Catalog("d")) == [
        "Old  Mill",
        "Animals",
        "Bob's Farm",
        "T-7",
    ]
    called = Catalog("d", (CatalogTable("animals", (CatalogColumn("id", "int"),)),))
    assert "Animals" not in phrases("Which Animals?", called)
    assert len(phrases(" ".join(f"'v{n}'" for n in range(50)), Catalog("d"))) == 8


def test_the_longest_known_value_is_first() -> None:
    column = CatalogColumn("state", "varchar(9)", values=("paid", "not paid"))
    found = known_values("Which bills are NOT paid?", Catalog("db", (CatalogTable("bills", (column,)),)))
    assert found[0].hint == "bills.state has the value 'not paid'"


def test_a_hint_is_one_line() -> None:
    assert FoundValue("t", "c", "a\n\x1bb" * 50).hint.isprintable()


@pytest.mark.parametrize(
    ("question", "wrong", "right"),
    [
        ("animals of breed AGS", "SELECT id FROM breeds WHERE id = 'AGS'", "breeds.code = 'AGS'"),
        ("breed 'HLS'", "SELECT b.id FROM breeds b WHERE b.title = 'HLS'", "b.code = 'HLS'"),
        (
            "animals of breed 'HLS'",
            "SELECT a.id FROM animals a WHERE a.tag = 'HLS'",
            "JOIN breeds ON a.breed_id = breeds.id WHERE breeds.code = 'HLS'",
        ),
        ("animals with 'T-7'", "SELECT id FROM animals WHERE pen = 'T-7'", "WHERE animals.tag = 'T-7'"),
        # It may be there.
        ("the note 'T-7'", "SELECT id FROM animals WHERE note LIKE '%T-7%'", "WHERE note LIKE '%T-7%'"),
        ("animals that are poor", "SELECT id FROM animals WHERE tag = 'poor'", "WHERE tag = 'poor'"),
        ("animals in the northern pen", "SELECT id FROM animals WHERE pen = 'northern'", "WHERE pen = 'northern'"),
    ],
)
async def test_put_to_the_column_that_has_it(
    farm: DirectSession, catalog: Catalog, question: str, wrong: str, right: str
) -> None:
    values = tuple(await find_values(farm, question, catalog))
    guarded = checked(wrong, catalog, question, values)
    assert right in guarded.sql
    farm.run(guarded.sql)
    assert any(note.startswith("looked for") for note in guarded.notes) == (right.split("WHERE ")[-1] not in wrong)


def test_two_columns_with_the_value_are_a_doubt() -> None:
    columns = tuple(
        CatalogColumn(name, kind) for name, kind in (("id", "int"), ("a", "varchar(9)"), ("b", "varchar(9)"))
    )
    catalog = Catalog("d", (CatalogTable("t", columns),), (Link("t", "id", "t", "id"),))
    both = (FoundValue("t", "a", "X"), FoundValue("t", "b", "X"))
    assert checked("SELECT a FROM t WHERE id = 'X'", catalog, "X", both).sql.startswith(
        "SELECT a FROM t WHERE id = 'X'"
    )
    assert checked("SELECT a FROM t WHERE id = 'X'", catalog, "X", both[:1]).sql.startswith(
        "SELECT a FROM t WHERE t.a ="
    )
