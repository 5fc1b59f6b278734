"""Statements that are right as they stand: the guard's mends leave their rows alone."""

import contextlib
from collections.abc import Iterator

import pymysql
import pytest

from nl2sql.catalog import Catalog
from nl2sql.values import find_values
from tests.nl2sql.conftest import statements
from tests.nl2sql.direct import DirectSession
from tests.nl2sql.hotel import HOTEL, checked, hotel_catalog, rows


@pytest.fixture(scope="module")
def hotel(mariadb: int) -> Iterator[DirectSession]:
    with contextlib.closing(pymysql.connect(host="127.0.0.1", port=mariadb, user="root", autocommit=True)) as root:
        for statement in statements(HOTEL):
            root.cursor().execute(statement)
        session = DirectSession(mariadb, database="hotel")
        yield session
        session.close()
        root.cursor().execute("DROP DATABASE hotel")


@pytest.fixture
async def catalog(hotel: DirectSession) -> Catalog:
    return await hotel_catalog(hotel)


@pytest.mark.parametrize(
    "sql",
    [
        # Grouping: what depends on the groups, windows, aggregates that have no class of their own.
        "SELECT g.id, g.full_name, SUM(s.amount) FROM stays s JOIN guests g ON g.id = s.guest_id GROUP BY g.id",
        "SELECT YEAR(arrived) * 100 + MONTH(arrived), COUNT(*) FROM stays GROUP BY YEAR(arrived), MONTH(arrived)",
        "SELECT YEAR(arrived), MONTHNAME(arrived), COUNT(*) FROM stays GROUP BY YEAR(arrived), MONTH(arrived)",
        "SELECT class, JSON_ARRAYAGG(id) FROM rooms GROUP BY class",
        "SELECT class, JSON_OBJECTAGG(id, label) FROM rooms GROUP BY class",
        "SELECT class, STD(beds), VARIANCE(beds), BIT_OR(beds), GROUP_CONCAT(id ORDER BY id) FROM rooms GROUP BY class",
        "SELECT room_id, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) OVER (PARTITION BY room_id) FROM stays",
        "SELECT room_id, amount, SUM(amount) OVER (PARTITION BY room_id), COUNT(*) OVER () FROM stays",
        "SELECT room_id, SUM(amount), RANK() OVER (ORDER BY SUM(amount) DESC) FROM stays GROUP BY room_id",
        "SELECT class, COUNT(*) FROM rooms GROUP BY class WITH ROLLUP",
        "SELECT `class` AS `Room Class`, COUNT(*) FROM `rooms` GROUP BY `Room Class`",
        "SELECT Class, COUNT(*) FROM rooms GROUP BY CLASS",
        "SELECT class, COUNT(*) FROM rooms GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 2",
        "SELECT COUNT(*), (SELECT MAX(id) FROM guests) FROM rooms",
        "SELECT g.id, (SELECT COUNT(*) FROM stays s WHERE s.guest_id = g.id) FROM guests g",
        "SELECT CURDATE(), 1, COUNT(*) FROM rooms",
        # Days, moments, years.
        "SELECT id FROM stays WHERE arrived BETWEEN '2026-01-01 00:00:00' AND '2026-01-31 12:00:00'",
        "SELECT id FROM stays WHERE arrived BETWEEN '2026-01-01' AND '2026-02-01'",
        "SELECT id FROM stays WHERE arrived >= '2026-01-05' AND arrived < '2026-01-07'",
        "SELECT id FROM stays WHERE left_on BETWEEN '2026-01-05' AND '2026-01-07'",
        "WITH d AS (SELECT id, DATE(arrived) AS arrived FROM stays) SELECT id FROM d WHERE arrived = '2026-01-05'",
        "WITH stays AS (SELECT id, DAY(arrived) AS arrived, 3 AS left_on FROM hotel.stays)"
        " SELECT id, left_on - arrived FROM stays",
        "SELECT YEAR(left_on) - YEAR(arrived), DATEDIFF(left_on, arrived) FROM stays",
        "SELECT id FROM rooms WHERE year_start <= CURDATE()",
        "SELECT id FROM guests WHERE birth_year <= YEAR(CURDATE()) - 30",
        # Joins and keys.
        "SELECT g.id, c.code FROM guests g JOIN guest_cards c ON c.id = g.id",
        "SELECT e.price, r.given FROM extras e JOIN refunds r ON r.stay_id = e.stay_id AND r.line = e.line",
        "SELECT e.price, r.given FROM extras e JOIN refunds r ON r.stay_id = e.stay_id",
        "SELECT a.id, b.id FROM guests a JOIN guests b ON b.id = a.invited_by",
        "SELECT a.id, b.id FROM guests a LEFT JOIN guests b ON a.id = b.id + 1",
        "SELECT g.full_name FROM cities c RIGHT JOIN guests g ON g.city_id = c.id WHERE c.id IS NULL",
        # OR and AND.
        "SELECT id FROM stays WHERE status = 'paid' OR (status = 'open' AND amount > 100)",
        "SELECT id FROM stays WHERE amount > 250 OR amount < 100 AND status = 'paid'",
        "SELECT id FROM guests WHERE city_id = 1 OR city_id IS NULL AND born > '1970-01-01'",
        "SELECT id FROM stays WHERE (status = 'paid' OR status = 'open') AND amount > 100",
        # NOT IN without NULL, subqueries that belong to their row.
        "SELECT id FROM rooms WHERE id NOT IN (SELECT room_id FROM stays WHERE status = 'late')",
        "SELECT id FROM guests g WHERE g.city_id IN (SELECT g.city_id FROM cities c WHERE c.id = g.id)",
        "SELECT g.id FROM guests g WHERE g.id IN (SELECT g.id FROM guest_cards k WHERE k.id = g.city_id)",
        "SELECT id FROM stays s WHERE amount > (SELECT AVG(amount) FROM stays t WHERE t.room_id = s.room_id)",
        "SELECT id FROM stays s WHERE EXISTS (SELECT 1 FROM extras e WHERE e.stay_id = s.id AND e.price > s.amount)",
        "SELECT id FROM rooms UNION ALL SELECT stay_id FROM extras WHERE price = 3",
        "SELECT status, amount FROM stays UNION SELECT what, SUM(price) FROM extras GROUP BY what",
    ],
)
async def test_the_rows_stay(hotel: DirectSession, catalog: Catalog, sql: str) -> None:
    assert rows(hotel, checked(sql, catalog).sql) == rows(hotel, sql)


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("stays before today", "SELECT id FROM stays WHERE arrived < CURDATE()"),
        ("stays since yesterday", "SELECT id FROM stays WHERE arrived >= CURDATE() - INTERVAL 1 DAY"),
        ("stays later than this month", "SELECT id FROM stays WHERE arrived > LAST_DAY(CURDATE())"),
        (
            "offers that end in the rest of this month",
            "SELECT id FROM offers WHERE ends_on >= CURDATE() AND ends_on <= LAST_DAY(CURDATE())",
        ),
        (
            "which guests have not joined in the last 90 days",
            "SELECT id FROM guests WHERE joined_on < CURDATE() - INTERVAL 90 DAY",
        ),
        (
            "guests aged 30 to 60 who stayed in the last 2 years",
            "SELECT id FROM guests WHERE born BETWEEN CURDATE() - INTERVAL 60 YEAR AND CURDATE() - INTERVAL 30 YEAR"
            " AND id IN (SELECT guest_id FROM stays WHERE DATEDIFF(CURDATE(), arrived) < 730)",
        ),
        (
            "guests with a valid card who joined last month",
            "SELECT id FROM guests WHERE valid_until > NOW() AND DATE_FORMAT(joined_on, '%Y-%m') ="
            " DATE_FORMAT(CURDATE() - INTERVAL 1 MONTH, '%Y-%m')",
        ),
        (
            "stays in the last 30 days",
            "SELECT id FROM stays WHERE arrived BETWEEN CURDATE() - INTERVAL 30 DAY AND NOW()",
        ),
        (
            "stays in the last 7 days",
            "SELECT id FROM stays WHERE arrived >= NOW() - INTERVAL 7 DAY AND arrived < NOW()",
        ),
        ("stays in the last 7 days", "SELECT id FROM stays WHERE arrived > DATE_SUB(CURDATE(), INTERVAL 7 DAY)"),
        (
            "change of stays in the last 30 days against the 30 days before",
            "SELECT (SELECT COUNT(*) FROM stays WHERE arrived >= CURDATE() - INTERVAL 30 DAY) -"
            " (SELECT COUNT(*) FROM stays WHERE arrived >= CURDATE() - INTERVAL 60 DAY"
            " AND arrived < CURDATE() - INTERVAL 30 DAY) FROM rooms WHERE id = 1",
        ),
        (
            "guests born since 1990 who stayed last month",
            "SELECT id FROM guests WHERE born >= '1990-01-01' AND id IN (SELECT guest_id FROM stays)",
        ),
        ("stays on the last day of each month", "SELECT id FROM stays WHERE arrived >= LAST_DAY(CURDATE())"),
        # Conditions on the day that were asked for, in one way or another.
        ("which offers are active", "SELECT id FROM offers WHERE valid_on = CURDATE()"),
        ("offers that expire", "SELECT id FROM offers WHERE ends_on = CURDATE()"),
        ("Angebote von heute", "SELECT id FROM offers WHERE valid_on = CURDATE()"),
        ("ofertas de hoy", "SELECT id FROM offers WHERE valid_on = CURDATE()"),
        ("今日のオファー", "SELECT id FROM offers WHERE valid_on = CURDATE()"),
        ("offers of this evening", "SELECT id FROM offers WHERE valid_on = CURDATE()"),
        # A number that is the answer, not to be counted.
        ("how many beds has room R5", "SELECT DISTINCT beds FROM rooms WHERE label = 'R5'"),
        ("what is the number of beds in R5", "SELECT DISTINCT beds FROM rooms WHERE label = 'R5'"),
        ("list the room classes", "SELECT DISTINCT class FROM rooms"),
    ],
)
async def test_what_the_question_asks_for_stays(
    hotel: DirectSession, catalog: Catalog, question: str, sql: str
) -> None:
    assert rows(hotel, checked(sql, catalog, question).sql) == rows(hotel, sql)


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        # 'Oslo' is a city, and one guest is called so too.
        ("the guest named Oslo", "SELECT id FROM guests WHERE full_name = 'Oslo'"),
        ("guests whose name contains 'Oslo'", "SELECT id FROM guests WHERE full_name LIKE '%Oslo%'"),
        ("stays that are paid", "SELECT id FROM stays WHERE status = 'paid'"),
        ("the offer 'O3'", "SELECT id FROM offers WHERE code = 'O3'"),
    ],
)
async def test_a_value_stays_where_it_may_be(hotel: DirectSession, catalog: Catalog, question: str, sql: str) -> None:
    values = tuple(await find_values(hotel, question, catalog))
    assert rows(hotel, checked(sql, catalog, question, values).sql) == rows(hotel, sql)
    assert rows(hotel, sql)
