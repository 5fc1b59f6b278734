import pytest

from diagnose.coaching import values
from tests.diagnose.coaching.failing import Shop, failed

COLUMNS = {"orders": "id int, kind enum('a'), placed datetime, due date", "lines": "order_id int"}
KEYS = [("shop", "lines", "fk", "1", "order_id", "shop", "orders", "id")]
FOREIGN_KEY = "fails (`shop`.`lines`, CONSTRAINT `fk` FOREIGN KEY (`{}`) REFERENCES `orders` (`id`))"
GROUPED = "Add total to GROUP BY, or say which of a group's values is meant: MIN(total), MAX(total){}."
PARENT = "order_id must be the id of a row of orders: insert that row first."


def shop(version: str = "10.11.6-MariaDB") -> Shop:
    return Shop(COLUMNS, {"KEY_COLUMN_USAGE": KEYS}, server_version=version)


@pytest.mark.parametrize(
    ("version", "message", "hint"),
    [
        (
            "8.4.3",
            "Expression #2 of SELECT list is not in GROUP BY and contains nonaggregated column 'shop.o.total' which",
            [GROUPED.format(", ANY_VALUE(total)")],
        ),
        (
            "10.11.6-MariaDB",
            "'shop.o.total' isn't in GROUP BY",
            [GROUPED.format("")],
        ),
        (
            "16",
            'column "o.total" must appear in the GROUP BY clause',
            [GROUPED.format(", ANY_VALUE(total)")],
        ),
        ("8.4.3", "something else", []),
    ],
)
async def test_columns_that_are_not_grouped(version: str, message: str, hint: list[str]) -> None:
    assert await values.not_grouped(shop(version).session, failed("SELECT 1"), message) == hint


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        (
            "INSERT INTO orders (id) VALUES (1)",
            "Field 'due' doesn't have a default value",
            ["due (date) may not be NULL and has no default: give it a value in the column list."],
        ),
        ("INSERT INTO orders (id) VALUES (1)", "Field 'nope' doesn't have a default value", []),
        ("INSERT INTO unseen (id) VALUES (1)", "Field 'due' doesn't have a default value", []),
        ("INSERT INTO orders (id) VALUES (1)", "no quotes", []),
    ],
)
async def test_columns_without_a_default(sql: str, message: str, hint: list[str]) -> None:
    assert await values.no_default(shop().session, failed(sql), message) == hint


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("UPDATE orders SET id = 'x'", "Incorrect integer value: 'x' for column `shop`.`orders`.`id` at row 1", "int."),
        ("UPDATE orders SET due = 'x'", "Incorrect date value: 'x' for column 'due'", "date: write 'YYYY-MM-DD'."),
        (
            "INSERT INTO orders (placed) VALUES ('x')",
            "Incorrect datetime value: 'x' for column 'placed'",
            "datetime: write 'YYYY-MM-DD hh:mm:ss'.",
        ),
        ("UPDATE orders SET kind = 'x'", "Data truncated for column 'kind'", "enum('a'), so it takes one of these."),
        ("UPDATE orders SET kind = 'x'", "Data truncated for column 'nope'", ""),
        ("UPDATE unseen SET kind = 'x'", "Data truncated for column 'kind'", ""),
        ("SELECT 1 FROM orders", "Data truncated for column 'kind'", ""),
    ],
)
async def test_values_of_another_type(sql: str, message: str, hint: str) -> None:
    found = await values.wrong_value(shop().session, failed(sql), message)
    assert [text.partition(" is of the type ")[2] for text in found] == ([hint] if hint else [])


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("INSERT INTO orders VALUES (1)", ["orders has 4 columns (id, kind, placed, due): name those that you give."]),
        ("INSERT INTO orders (id, due) VALUES (1)", ["The column list has 2 columns: each row needs as many values."]),
        ("INSERT INTO unseen VALUES (1)", []),
        ("SELECT 1 FROM orders", []),
    ],
)
async def test_rows_of_another_length(sql: str, hint: list[str]) -> None:
    assert await values.wrong_count(shop().session, failed(sql), "Column count doesn't match") == hint


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        (FOREIGN_KEY.format("order_id"), [PARENT]),
        ("fails (`shop`.`lines`, CONSTRAINT `fk`)", [PARENT]),
        (FOREIGN_KEY.format("other"), []),
        (FOREIGN_KEY.format("order_id").replace("lines", "unseen"), []),
        ("something else", []),
    ],
)
async def test_rows_without_a_parent(message: str, hint: list[str]) -> None:
    sql = "INSERT INTO lines VALUES (9)"
    assert await values.no_parent(shop().session, failed(sql), message) == hint


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        (
            FOREIGN_KEY.format("order_id"),
            ["Rows of lines refer to it by order_id: change or delete those first."],
        ),
        (
            FOREIGN_KEY.format("a`, `b"),
            ["Rows of lines refer to it by a, b: change or delete those first."],
        ),
        (FOREIGN_KEY.format("order_id").replace("lines", "hidden"), []),  # the account may not see it
        ("fails (`shop`.`lines`, CONSTRAINT `fk`)", []),
    ],
)
async def test_rows_that_others_refer_to(message: str, hint: list[str]) -> None:
    assert await values.still_referred_to(shop().session, failed("DELETE FROM orders"), message) == hint
