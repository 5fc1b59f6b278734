import pytest

from diagnose.evidence.grouping import arbitrary
from diagnose.evidence.scope import Scope
from tests.diagnose.samples import evidence, table

TABLES = (
    table("sales(id int pk, shop_id int, day date, amount int)"),
    table("shops(id int pk, name varchar(40), tag varchar(9) null unique)"),
)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT shop_id, day, SUM(amount) FROM sales GROUP BY shop_id", ["day"]),
        ("SELECT id, day, SUM(amount) FROM sales GROUP BY id", []),  # the key holds the rest
        ("SELECT day FROM sales GROUP BY 1", []),
        ("SELECT day, amount FROM sales GROUP BY 1", ["amount"]),
        ("SELECT day FROM sales GROUP BY 9", ["day"]),
        ("SELECT day AS d, amount FROM sales GROUP BY d", ["amount"]),
        ("SELECT YEAR(day), amount FROM sales GROUP BY YEAR(day)", ["amount"]),
        ("SELECT YEAR(day) AS y, YEAR(day) + 1 FROM sales GROUP BY y", []),
        ("SELECT day, COUNT(*) FROM sales", ["day"]),  # one group of all rows
        ("SELECT COUNT(*) FROM sales", []),
        ("SELECT day FROM sales", []),
        ("SELECT MAX(day), MIN(amount) FROM sales GROUP BY shop_id", []),
        ("SELECT shop_id, amount FROM sales WHERE amount = 3 GROUP BY shop_id", []),
        ("SELECT c.id, c.name, COUNT(*) FROM shops c JOIN sales s ON s.shop_id = c.id GROUP BY s.shop_id", []),
        ("SELECT s.shop_id, c.name FROM sales s JOIN shops c ON c.tag = 'x' GROUP BY s.shop_id", []),
        ("SELECT shop_id, SUM(amount) OVER () FROM sales GROUP BY shop_id", []),  # numbered over a window
        ("SELECT shop_id, any_function(day) FROM sales GROUP BY shop_id", []),  # may be an aggregate
        ("SELECT shop_id, (SELECT name FROM shops WHERE id = 1) FROM sales GROUP BY shop_id", []),
        ("SELECT x, y FROM unseen GROUP BY x", []),
        ("SELECT a.day FROM sales a, shops a GROUP BY a.id", []),
    ],
)
def test_columns_that_a_group_does_not_hold_to_one_value(sql: str, columns: list[str]) -> None:
    seen = evidence(sql, *TABLES)
    assert [found.column.name for found in arbitrary(Scope(seen, seen.blocks[0]))] == columns


def test_an_inner_block_does_not_wonder_about_the_columns_of_the_outer_one() -> None:
    sql = "SELECT id FROM shops c WHERE 3 < (SELECT c.id + COUNT(*) FROM sales s WHERE s.shop_id = c.id)"
    seen = evidence(sql, *TABLES)
    assert arbitrary(Scope(seen, seen.blocks[1])) == []
