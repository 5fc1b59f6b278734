"""Wrong columns and forgotten tables, where one remedy only fits; tried on the database."""

import contextlib
from collections.abc import Iterator

import pymysql
import pytest

from nl2sql.catalog import Catalog
from plugins.readonly import Rejected
from tests.nl2sql.conftest import statements
from tests.nl2sql.direct import DirectSession
from tests.nl2sql.hotel import checked, hotel_catalog, rows

PORT = """
CREATE DATABASE port; USE port;
CREATE TABLE fleets (fleet_id INT PRIMARY KEY, title VARCHAR(20));
CREATE TABLE ships (ship_id INT PRIMARY KEY, fleet_id INT, title VARCHAR(20), built DATE,
  FOREIGN KEY (fleet_id) REFERENCES fleets (fleet_id));
CREATE TABLE calls (call_id INT PRIMARY KEY, ship_id INT, from_pier INT, to_pier INT, moored_at DATETIME,
  FOREIGN KEY (ship_id) REFERENCES ships (ship_id));
CREATE TABLE piers (pier_id INT PRIMARY KEY, depth INT);
CREATE TABLE moves (call_id INT, pier_id INT, tons INT, FOREIGN KEY (call_id) REFERENCES calls (call_id),
  FOREIGN KEY (pier_id) REFERENCES piers (pier_id));
ALTER TABLE calls ADD FOREIGN KEY (from_pier) REFERENCES piers (pier_id);
ALTER TABLE calls ADD FOREIGN KEY (to_pier) REFERENCES piers (pier_id);
INSERT INTO fleets VALUES (1, 'Red'), (2, 'Blue'), (3, 'Green');
INSERT INTO ships SELECT seq, 1 + seq % 2, CONCAT('Ship ', seq), '2000-01-01' FROM seq_1_to_10;
INSERT INTO piers SELECT seq, seq * 3 FROM seq_1_to_4;
INSERT INTO calls SELECT seq, 1 + seq % 9, 1 + seq % 4, 1 + seq % 3, '2026-01-01' + INTERVAL seq HOUR FROM seq_1_to_50;
INSERT INTO moves SELECT 1 + seq % 50, 1 + seq % 4, seq FROM seq_1_to_150;
"""


@pytest.fixture(scope="module")
def port(mariadb: int) -> Iterator[DirectSession]:
    with contextlib.closing(pymysql.connect(host="127.0.0.1", port=mariadb, user="root", autocommit=True)) as root:
        for statement in statements(PORT):
            root.cursor().execute(statement)
        session = DirectSession(mariadb, database="port")
        yield session
        session.close()
        root.cursor().execute("DROP DATABASE port")


@pytest.fixture
async def catalog(port: DirectSession) -> Catalog:
    return await hotel_catalog(port)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        # The key is called otherwise there.
        (
            "SELECT s.title FROM ships s JOIN fleets l ON s.lines_id = l.fleet_id WHERE l.title = 'Red'",
            "SELECT s.title FROM ships s JOIN fleets l USING (fleet_id) WHERE l.title = 'Red'",
        ),
        # Two joins away, by one way.
        (
            "SELECT l.title, COUNT(*) FROM fleets l JOIN calls c ON c.fleet_id = l.fleet_id GROUP BY l.title",
            "SELECT l.title, COUNT(*) FROM fleets l JOIN ships USING (fleet_id) JOIN calls USING (ship_id)"
            " GROUP BY l.title",
        ),
        # The same, where rows that lead nowhere are kept: ship 10 never called, and fleet 3 has no ship.
        (
            "SELECT l.title, c.call_id FROM fleets l LEFT JOIN calls c ON c.fleet_id = l.fleet_id",
            "SELECT l.title, c.call_id FROM fleets l LEFT JOIN (ships s JOIN calls c ON c.ship_id = s.ship_id)"
            " ON s.fleet_id = l.fleet_id",
        ),
        (
            "SELECT l.title, c.call_id FROM calls c RIGHT JOIN fleets l ON c.fleet_id = l.fleet_id",
            "SELECT l.title, c.call_id FROM fleets l LEFT JOIN (ships s JOIN calls c ON c.ship_id = s.ship_id)"
            " ON s.fleet_id = l.fleet_id",
        ),
        # The other table's column.
        (
            "SELECT m.moored_at, m.tons FROM moves m JOIN calls c ON c.call_id = m.call_id",
            "SELECT c.moored_at, m.tons FROM moves m JOIN calls c ON c.call_id = m.call_id",
        ),
        # A table that was forgotten, to which a key leads.
        ("SELECT tons, depth FROM moves", "SELECT tons, depth FROM moves JOIN piers USING (pier_id)"),
        (
            "SELECT m.tons, ships.built FROM calls JOIN moves m USING (call_id)",
            "SELECT m.tons, ships.built FROM calls JOIN moves m USING (call_id) JOIN ships USING (ship_id)",
        ),
        # Equal in both tables, by the join.
        (
            "SELECT ship_id FROM ships s JOIN calls c ON s.ship_id = c.ship_id",
            "SELECT s.ship_id FROM ships s JOIN calls c ON s.ship_id = c.ship_id",
        ),
        # The key of the query around, in a subquery that is about another table.
        (
            "SELECT title FROM fleets WHERE fleet_id IN (SELECT fleet_id FROM ships WHERE built < '2001-01-01')",
            "SELECT title FROM fleets WHERE fleet_id IN (SELECT fleet_id FROM ships WHERE built < '2001-01-01')",
        ),
        ("SELECT Title FROM SHIPS WHERE `BUILT` > '1999-01-01'", "SELECT title FROM ships"),
        ("SELECT tittle FROM ships", "SELECT title FROM ships"),
    ],
)
async def test_mended(port: DirectSession, catalog: Catalog, wrong: str, meant: str) -> None:
    assert rows(port, checked(wrong, catalog).sql) == rows(port, meant)


@pytest.mark.parametrize(
    "sql",
    [
        # Two keys lead from calls to piers: nobody knows which is meant.
        "SELECT call_id, depth FROM calls",
        "SELECT c.call_id, p.depth FROM calls c JOIN piers p ON c.pier = p.pier_id",
        # Many moves for one call: the sum would count calls several times.
        "SELECT COUNT(*), SUM(tons) FROM ships",
        # Columns that a derived table or a CTE does not have.
        "WITH x AS (SELECT ship_id FROM ships) SELECT built FROM x",
        "SELECT t.built FROM (SELECT ship_id FROM ships) t",
        # Nothing like it.
        "SELECT colour FROM ships",
        "SELECT s.deleted_at FROM ships s WHERE s.deleted_at IS NULL",
    ],
)
async def test_a_doubt_is_told_and_not_mended(catalog: Catalog, sql: str) -> None:
    with pytest.raises(Rejected):
        checked(sql, catalog)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.title FROM ships a JOIN ships b ON a.ship_id = b.ship_id + 1",
        "WITH ships AS (SELECT call_id AS title FROM calls) SELECT title FROM ships",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, title FROM n, fleets",
        "SELECT title FROM ships UNION SELECT title FROM fleets ORDER BY title",
        "SELECT x.title FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY fleet_id ORDER BY ship_id) r FROM ships) x",
        "SELECT c.call_id, f.depth, t.depth FROM calls c JOIN piers f ON f.pier_id = c.from_pier"
        " JOIN piers t ON t.pier_id = c.to_pier",
        "SELECT l.fleet_id FROM fleets l RIGHT JOIN ships s ON s.fleet_id = l.fleet_id",
    ],
)
async def test_right_names_are_left_alone(port: DirectSession, catalog: Catalog, sql: str) -> None:
    guarded = checked(sql, catalog)
    assert guarded.notes == ("at most 10000 rows",)
    assert sorted(port.run(guarded.sql).rows, key=repr) == sorted(port.run(sql).rows, key=repr)


async def test_of_an_outer_join_the_empty_side_is_not_taken(catalog: Catalog) -> None:
    """Which one is meant matters there; the database says that it is ambiguous."""
    sql = "SELECT fleet_id FROM fleets l RIGHT JOIN ships s ON s.fleet_id = l.fleet_id"
    assert checked(sql, catalog).sql.startswith("SELECT fleet_id FROM")
