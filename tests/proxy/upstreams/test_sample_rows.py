"""The sample shop's rows: the same on the same day, and a story without contradictions, on any last day."""

import hashlib
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from proxy.upstreams.sample_rows import DAYS, LAST_DAY, SHIPPED, Draw, Row, sample_rows

SHA256 = "c688cf2c97966ca2c57a7b7c903f7d42cc4517f3cee4d98a69aa0ccb1d42802e"


@pytest.fixture(scope="module", params=[LAST_DAY, date(2024, 2, 29), date(2027, 1, 1)], ids=str)
def shop(request: pytest.FixtureRequest) -> tuple[date, dict[str, list[Row]]]:
    return request.param, sample_rows(request.param)


def test_same_day_same_rows() -> None:
    assert hashlib.sha256(repr(sample_rows(LAST_DAY)).encode()).hexdigest() == SHA256
    assert sample_rows(date(2024, 2, 29)) != sample_rows(LAST_DAY)


def test_keys_are_unique_and_lead_somewhere(shop: tuple[date, dict[str, list[Row]]]) -> None:
    _, rows = shop
    ids = {table: {row[0] for row in rows[table]} for table in ("regions", "customers", "products", "orders")}
    assert {table: len(found) for table, found in ids.items()} == {table: len(rows[table]) for table in ids}
    assert {row[5] for row in rows["customers"]} == ids["regions"]
    assert {row[1] for row in rows["orders"]} <= ids["customers"]
    assert {row[0] for row in rows["order_items"]} == ids["orders"], "no order is empty"
    assert {row[2] for row in rows["order_items"]} <= ids["products"]
    for unique in ([row[2] for row in rows["customers"]], [row[:2] for row in rows["order_items"]]):
        assert Counter(unique).most_common(1)[0][1] == 1


def test_nobody_orders_before_signing_up_and_nothing_ships_after_the_last_day(
    shop: tuple[date, dict[str, list[Row]]],
) -> None:
    last_day, rows = shop
    signed_up = {row[0]: row[6] for row in rows["customers"]}
    days = set()
    for _, customer, placed, status, shipped in rows["orders"]:
        assert isinstance(placed, datetime)
        days.add(placed.date())
        assert signed_up[customer] <= placed.date()  # type: ignore[operator]  # a date
        assert (shipped is None) == (status not in SHIPPED)
        if isinstance(shipped, date):
            assert placed.date() <= shipped <= last_day
    assert days == {last_day - timedelta(ago) for ago in range(DAYS)}, "orders on each of the days"


def test_prices_are_cents_and_never_above_the_list(shop: tuple[date, dict[str, list[Row]]]) -> None:
    _, rows = shop
    listed = {row[0]: row[3] for row in rows["products"]}
    for _, _, product, quantity, price in rows["order_items"]:
        assert isinstance(price, Decimal)
        assert 0 < price <= listed[product]  # type: ignore[operator]  # a Decimal
        assert price == round(price, 2)
        assert quantity in range(1, 6)


def test_addresses_are_nobody_s(shop: tuple[date, dict[str, list[Row]]]) -> None:
    """example.com is reserved (RFC 2606); what is not ASCII is spelled without accents."""
    _, rows = shop
    for row in rows["customers"]:
        assert str(row[2]).endswith("@example.com")
        assert str(row[2]).isascii()
        assert " " not in str(row[2])


def test_a_draw_stays_in_its_range_and_keeps_to_its_weights() -> None:
    draw = Draw(1)
    assert {draw.below(3) for _ in range(200)} == {0, 1, 2}
    assert {draw.weighted((0, 1, 0, 2)) for _ in range(200)} == {1, 3}
    skewed = Counter(draw.below(10, skew=2) for _ in range(2000))
    assert skewed[0] > 2 * skewed[5]
    assert [Draw(7).below(1000) for _ in range(3)] == [Draw(7).below(1000)] * 3
