"""Of each column of a result: is it a masked one as it is, something made of one, or neither?"""

import pytest

from plugins.errors import AskwireError, ErrorCode
from tests.plugins.builtin.mask.checking import EMAIL, checked, rules

PLAIN, MADE, CLEAR = "plain", "made", "clear"


async def flows(sql: str, **rule: object) -> list[str]:
    found = (await checked(sql, rules({**EMAIL, **rule}))).flows
    assert found is not None
    return [CLEAR if not flow else PLAIN if flow.plain is not None else MADE for flow in found]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM people", [CLEAR, CLEAR, PLAIN, CLEAR]),
        ("SELECT o.*, p.* FROM orders o, people p", [CLEAR, CLEAR, CLEAR, CLEAR, PLAIN, CLEAR]),
        ("SELECT email AS id FROM people", [PLAIN]),
        ("SELECT COUNT(*), MAX(email) FROM people", [CLEAR, MADE]),
        ("SELECT (SELECT email FROM people LIMIT 1)", [PLAIN]),
        ("SELECT EXISTS (SELECT email FROM people)", [CLEAR]),
        ("SELECT a FROM (SELECT email AS a, name AS b FROM people) d", [PLAIN]),
        ("SELECT b FROM (SELECT email AS a, name AS b FROM people) d", [CLEAR]),
        ("SELECT x FROM (SELECT email, name FROM people) d (x, y)", [PLAIN]),
        ("WITH c (a, b) AS (SELECT id, email FROM people) SELECT b, a FROM c", [PLAIN, CLEAR]),
        ("WITH people AS (SELECT id AS email FROM orders) SELECT p.email FROM people p, shop.people q", [CLEAR]),
        ("SELECT email FROM people UNION ALL SELECT email FROM people", [PLAIN]),
        ("SELECT name FROM people UNION ALL SELECT email FROM people", [MADE]),
        ("SELECT email FROM people UNION ALL SELECT 'x'", [MADE]),
        ("SELECT id FROM people UNION SELECT id FROM orders JOIN people USING (id)", [CLEAR]),
        ("SELECT q.email FROM orders o JOIN (people p JOIN people q ON p.id = q.id) ON o.person = p.id", [PLAIN]),
        ("SELECT CONCAT(name, (SELECT email FROM people LIMIT 1)) FROM people", [MADE]),
        ("SELECT COALESCE(email, 'none') FROM people", [MADE]),
        ("SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM orders o WHERE o.person = p.id)", [CLEAR]),
        ("WITH RECURSIVE r AS (SELECT id, email FROM people UNION ALL SELECT id + 1, email FROM r) SELECT * FROM r",
         [CLEAR, PLAIN]),
        ("SELECT email FROM people ORDER BY id LIMIT 1 OFFSET 2", [PLAIN]),
    ],
)  # fmt: skip
async def test_where_columns_come_from(sql: str, expected: list[str]) -> None:
    assert await flows(sql) == expected


async def test_star_leaves_out_what_is_invisible() -> None:
    assert await flows("SELECT o.* FROM orders o, people") == [CLEAR, CLEAR]
    assert await flows("SELECT hidden FROM orders, people", columns=["shop.orders.hidden"]) == [PLAIN]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT id FROM people WHERE email LIKE 'a%'", "used in a condition"),
        ("SELECT id FROM people WHERE email = 'a'", "compared"),
        ("SELECT id FROM people WHERE id IN (SELECT id FROM people WHERE email > 'a')", "used in a condition"),
        ("SELECT id FROM people WHERE (SELECT email FROM people LIMIT 1) > 'a'", "used in a condition"),
        ("SELECT id FROM people HAVING email > 'a'", "used in a condition"),
        ("SELECT id, email AS e FROM people HAVING e > 'a'", "used in a condition"),
        ("SELECT id FROM people ORDER BY email", "sorted by"),
        ("SELECT id, email FROM people ORDER BY 2 DESC", "sorted by"),
        ("SELECT id, email FROM people ORDER BY (2)", "sorted by"),
        ("SELECT id, email FROM people ORDER BY 9", "sorted by"),
        ("SELECT id, email FROM people ORDER BY ?", "sorted by"),
        ("(SELECT id, email FROM people) ORDER BY 2", "sorted by"),
        ("SELECT id FROM people WINDOW w AS (ORDER BY email)", "sorted by"),
        ("SELECT COUNT(*) FROM people GROUP BY email", "grouped by"),
        ("SELECT email, COUNT(*) FROM people GROUP BY 1", "grouped by"),
        ("SELECT COUNT(*) FROM people GROUP BY id, UPPER(email)", "grouped by"),
        ("SELECT COUNT(*) FROM people GROUP BY email WITH ROLLUP", "grouped by"),
        ("SELECT DISTINCT email FROM people", "compared by DISTINCT"),
        ("SELECT email FROM people UNION SELECT 'x'", r"compared by UNION, INTERSECT or EXCEPT \(UNION ALL can\)"),
        ("SELECT email FROM people EXCEPT ALL SELECT 'x'", "compared by UNION, INTERSECT or EXCEPT"),
        ("SELECT a.id FROM people a JOIN people b USING (email)", "compared by USING"),
        ("SELECT a.id FROM people a NATURAL JOIN people b", "compared by NATURAL JOIN"),
        ("SELECT a.id FROM people a JOIN people b ON a.email < b.email", "used in a condition"),
        ("SELECT id FROM people LIMIT email", "where 'email' comes from is not known"),
        ("SELECT email + 1 FROM people", "used in this expression"),
        ("SELECT COALESCE(email, (SELECT 1)) FROM people", "used in this expression"),
        ("VALUES ROW((SELECT email FROM people))", "cannot be"),
    ],
)  # fmt: skip
async def test_questions_about_a_value(sql: str, says: str) -> None:
    with pytest.raises(AskwireError, match=says) as error:
        await flows(sql)
    assert error.value.code is ErrorCode.MASKED


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT DISTINCT ON (id) email FROM people", "DISTINCT ON cannot be checked|cannot be"),
        ("SELECT * FROM people JOIN orders USING (id)", "name the columns where a join has USING or is NATURAL"),
        ("SELECT email FROM people UNION ALL SELECT 1, 2", "the parts have different numbers of columns"),
        ("WITH a (x, y) AS (SELECT email FROM people) SELECT * FROM a", "the number of column names does not fit"),
        ("WITH a AS (SELECT email FROM people) SELECT * FROM A", "write 'a' everywhere in the same way"),
        ("SELECT email FROM people, JSON_TABLE('[]', '$[*]' COLUMNS (a INT PATH '$')) j", "cannot be"),
        ("SELECT nothing FROM people", "where 'nothing' comes from is not known"),
        ("SELECT q.email FROM people p", r"where 'q\.email' comes from is not known"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n, '' AS s UNION ALL SELECT n + 1, (SELECT email FROM people) FROM r)"
         " SELECT s FROM r", "a recursion mixes them with others"),
        ("SELECT email FROM people FOR SYSTEM_TIME AS OF NOW()", "cannot be"),
        ("SELECT MATCH(email) AGAINST ('x') FROM people", "cannot be"),
    ],
)  # fmt: skip
async def test_what_cannot_be_followed(sql: str, says: str) -> None:
    with pytest.raises(AskwireError, match=says):
        await flows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM people WHERE email = 'a' OR email IN ('b', 'c')",
        "SELECT DISTINCT email FROM people",
        "SELECT COUNT(*) FROM people GROUP BY email",
        "SELECT a.id FROM people a JOIN people b USING (email)",
        "SELECT email FROM people UNION SELECT email FROM people",
    ],
)
async def test_equality(sql: str) -> None:
    assert await flows(sql, compare="equality")
    with pytest.raises(AskwireError):
        await flows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM people WHERE UPPER(email) = 'A'",
        "SELECT id FROM people WHERE email <> 'a'",
        "SELECT id FROM people WHERE email IN (SELECT name FROM people)",
        "SELECT id FROM people ORDER BY email",
    ],
)
async def test_what_takes_more_than_equality(sql: str) -> None:
    assert await flows(sql, compare="allow") == [CLEAR]
    with pytest.raises(AskwireError):
        await flows(sql, compare="equality")
