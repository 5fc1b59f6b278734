import pytest

from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("sql", "order"),
    [
        ("SELECT name FROM people ORDER BY id", '"Id"'),
        ("SELECT name FROM people p ORDER BY p.id DESC, score LIMIT 3", '"p"."Id" DESC, "score" NULLS FIRST'),
        ("SELECT id FROM people p JOIN counters c ON day = born ORDER BY id", '"Id"'),
        ("SELECT name FROM people ORDER BY score DESC", '"score" DESC NULLS LAST'),
        ("SELECT p.name FROM counters LEFT JOIN people p ON day = born ORDER BY p.id", '"p"."Id" NULLS FIRST'),
        ("SELECT NULLIF(id, 1) AS id FROM people ORDER BY id", '"Id" NULLS FIRST'),
        ("SELECT id FROM people GROUP BY id WITH ROLLUP ORDER BY id", '"Id" NULLS FIRST'),
        ("SELECT id FROM (SELECT id FROM people) x ORDER BY id", '"Id" NULLS FIRST'),
    ],
)
def test_the_order_of_nulls_is_written_where_there_may_be_some(to: Translate, sql: str, order: str) -> None:
    assert f" ORDER BY {order}" in f"{to('postgres', sql)} "
