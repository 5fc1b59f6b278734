"""The tables that the rules are tried on are there, alike on both servers."""

from tests.diagnose.servers import Diagnosed


def test_the_tables_are_filled(diag: Diagnosed) -> None:
    counts = [
        diag.rows(f"SELECT COUNT(*) FROM diag_{name}")[0][0]
        for name in ("customers", "products", "orders", "lines", "events")
    ]
    assert counts == [5000, 200, 20000, 20000, 20000]
    [row] = diag.rows("SELECT total, discount, ordered_on, created_at, note FROM diag_orders WHERE id = 3")
    assert [str(value) for value in row] == ["11.10", "5.00", "2019-01-04", "2020-01-01 06:00:00", "note 3"]
