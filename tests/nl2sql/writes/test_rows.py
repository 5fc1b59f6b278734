"""The statements that a rehearsal reads with; that they find the right rows: test_session, test_rehearsal."""

import json

import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable
from nl2sql.writes import rows
from nl2sql.writes.guard import Change, check_change
from nl2sql.writes.rows import Shown

ITEMS = CatalogTable(
    "order items",
    (
        CatalogColumn("order", "bigint", primary=True),
        CatalogColumn("line`s", "binary(2)", primary=True),
        CatalogColumn("note", "longtext"),
        CatalogColumn("photo", "mediumblob"),
        CatalogColumn("place", "multipoint"),
        CatalogColumn("n", "int"),
    ),
)
CATALOG = Catalog("store", (ITEMS,))
FROM = "FROM `order items`"
SHOWN = "`order`, `line``s`, `order`, LEFT(`note`, 200), `n`"
BY_KEY = "ORDER BY `order`, `line``s`"


def changing(sql: str = "UPDATE `order items` SET note = 'x' WHERE n > 5") -> Change:
    return check_change(sql, CATALOG)


def test_the_rows_that_a_statement_picks() -> None:
    picked = f"{FROM} WHERE n > 5 {BY_KEY}"
    assert rows.picked_keys(changing(), 11) == f"SELECT `order`, `line``s` {picked} LIMIT 11"
    assert rows.picked_rows(changing()) == f"SELECT {SHOWN} {picked} LIMIT 20"


@pytest.mark.parametrize(("own", "most", "limit"), [(3, 11, 3), (30, 11, 11)])
def test_a_limit_of_its_own_is_kept_with_its_order(own: int, most: int, limit: int) -> None:
    change = changing(f"DELETE FROM `order items` WHERE n > 5 ORDER BY n DESC LIMIT {own}")
    assert rows.picked_keys(change, most).endswith(f"WHERE n > 5 ORDER BY n DESC, `order`, `line``s` LIMIT {limit}")


def test_rows_are_found_again_by_their_keys() -> None:
    keys = [[rows.literal("7"), rows.literal(b"a'")], [rows.literal("x' OR 1=1 -- "), rows.literal(None)]]
    assert rows.rows_with(changing(), keys) == (
        f"SELECT {SHOWN} {FROM} WHERE (`order` = '7' AND `line``s` = x'6127')"
        f" OR (`order` = 'x'' OR 1=1 -- ' AND `line``s` = NULL) {BY_KEY} LIMIT 20"
    )


def test_new_rows_have_greater_keys_than_there_were() -> None:
    assert rows.greatest_key(changing()) == f"SELECT MAX(`order`) {FROM}"
    assert rows.rows_after(changing(), "41") == f"SELECT {SHOWN} {FROM} WHERE `order` > '41' {BY_KEY} LIMIT 20"
    assert rows.rows_after(changing(), None) == f"SELECT {SHOWN} {FROM} {BY_KEY} LIMIT 20"


def test_counting_ends_at_what_is_too_many() -> None:
    assert rows.all_rows(changing(), 11) == f"SELECT COUNT(*) FROM (SELECT 1 {FROM} LIMIT 11) AS `picked`"
    own = changing("INSERT INTO `order items` (`order`, `line``s`) SELECT n, n FROM `order items` LIMIT 3")
    assert own.picked is not None
    assert "LIMIT 3) AS `picked`" in rows.row_count(own.picked, 11)
    assert "11" not in rows.row_count(own.picked, 11)


def told(shown: Shown) -> tuple[str, object, object]:
    return shown.key, json.loads(shown.before or "null"), json.loads(shown.after or "null")


def test_what_is_shown_of_a_row() -> None:
    change = changing()
    read = rows.by_key(change, [("7", b"\x01\xff", "7", "é\n", None)])
    assert read == {("7", b"\x01\xff"): {"order": "7", "note": "é\n", "n": None}}
    ((key, before),) = read.items()
    name = "order = 7, line`s = 0x01ff"
    after = {**before, "note": "x"}
    assert told(rows.difference(change, key, before, after)) == (name, {"note": "é\n"}, {"note": "x"})
    # A trigger, or ON UPDATE, changed another column too; what SET names is shown even where it stays.
    beside = {**before, "n": "3"}
    assert told(rows.difference(change, key, before, beside))[1:] == (
        {"note": "é\n", "n": None},
        {"note": "é\n", "n": "3"},
    )
    assert told(rows.difference(change, key, None, before)) == (name, None, before)
    assert told(rows.difference(change, key, before, None)) == (name, before, None)
    assert "é" in str(rows.difference(change, key, None, before).after), "as it is written"
