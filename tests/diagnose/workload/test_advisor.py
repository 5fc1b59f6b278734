from collections.abc import Sequence

from diagnose.types import CreateIndex
from diagnose.workload.advisor import Asked, Choice
from tests.diagnose.samples import evidence, table

ORDERS = table("orders(id int pk, a int, b int, c int)")
LINES = table("lines(id int pk, order_id int)")


def asked(sql: str, seconds: float = 1.0, count: int = 10) -> Asked:
    return Asked(evidence(sql, ORDERS, LINES), count, seconds)


def index(*columns: str, table: str = "orders") -> CreateIndex:
    return CreateIndex(table, columns)


class Prices:
    """What is left of each statement's time, by the indexes that it can use."""

    def __init__(self, *of: dict[CreateIndex, float]) -> None:
        self.of = of
        self.calls = 0

    async def __call__(self, at: int, indexes: Sequence[CreateIndex]) -> float:
        self.calls += 1
        return min((left for wanted, left in self.of[at].items() if wanted in indexes), default=1.0)


A, AB, B = index("a"), index("a", "b"), index("b")


async def test_the_index_that_spares_most_comes_first() -> None:
    prices = Prices({A: 0.5}, {B: 0.1})
    chosen = await Choice([asked("SELECT 1 FROM orders", 10.0), asked("SELECT 2 FROM orders", 8.0)], prices).choose(
        [A, B]
    )
    assert [(each.remedy, round(each.spares, 3), each.helps) for each in chosen] == [(B, 7.2, 1), (A, 5.0, 1)]


async def test_one_index_takes_the_place_of_two() -> None:
    prices = Prices({A: 0.1, AB: 0.1}, {AB: 0.2})
    both = [asked("SELECT 1 FROM orders"), asked("SELECT 2 FROM orders")]
    assert [each.remedy for each in await Choice(both, prices).choose([A, AB])] == [AB]


async def test_one_that_a_later_one_makes_useless_is_dropped() -> None:
    """A is the best by itself, but B and AB together leave nothing for it."""
    prices = Prices({A: 0.05, B: 0.05}, {A: 0.3, AB: 0.01}, {B: 0.6})
    three = [asked(f"SELECT {n} FROM orders") for n in range(3)]
    chosen = [each.remedy for each in await Choice(three, prices).choose([A, AB, B])]
    assert set(chosen) == {AB, B}


async def test_what_spares_next_to_nothing_is_not_offered() -> None:
    prices = Prices({A: 0.5}, {})
    two = [asked("SELECT 1 FROM orders", 0.001), asked("SELECT 1 FROM `lines`", 10.0)]
    assert await Choice(two, prices).choose([A]) == []


async def test_writes_are_paid_for() -> None:
    reads, insert = asked("SELECT a FROM orders WHERE a = 1", 1.0), asked("INSERT INTO orders (a) VALUES (1)", 100.0)
    update = asked("UPDATE orders SET b = 1 WHERE id = 2", 50.0)
    prices = Prices({A: 0.1}, {})
    assert await Choice([reads, insert], prices).choose([A]) == []
    (chosen,) = await Choice([reads, update], prices).choose([A])
    assert chosen.costs == 0
    assert await Choice([reads, update], Prices({B: 0.1}, {})).choose([B]) == []


async def test_statements_over_other_tables_are_not_asked_about() -> None:
    prices = Prices({A: 0.1}, {A: 0.1})
    (chosen,) = await Choice([asked("SELECT 1 FROM orders"), asked("SELECT 1 FROM `lines`")], prices).choose([A])
    assert (chosen.spares, chosen.helps) == (0.9, 1)
    assert prices.calls == 1
