"""The rows of the sample shop: two years of orders of an imaginary wholesaler of household goods.

The same day gives the same rows: only ``random.Random.random``, whose sequence Python guarantees, is drawn from.
"""

import math
import random
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate

LAST_DAY = date(2026, 10, 31)
DAYS = 730
SEED = 1995

REGIONS = (
    ("North", "Ingrid Solberg", ("Bergen", "Aarhus", "Malmö", "Tampere", "Tartu")),
    ("South", "Marco Bellini", ("Bari", "Valencia", "Porto", "Patras", "Palermo")),
    ("East", "Zofia Nowak", ("Kraków", "Brno", "Košice", "Debrecen", "Cluj")),
    ("West", "Claire Fontaine", ("Nantes", "Cork", "Bristol", "Ghent", "Lille")),
    ("Central", "Jonas Weber", ("Graz", "Leipzig", "Basel", "Ulm", "Linz")),
)
FIRST_NAMES = (
    *("Anna", "Bruno", "Carla", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jakub", "Karin", "Luca"),
    *("Maria", "Nils", "Olga", "Pedro", "Rosa", "Samuel", "Teresa", "Viktor"),
)
LAST_NAMES = (
    *("Almeida", "Berg", "Conti", "Dvořák", "Eriksen", "Fischer", "Garcia", "Horvath", "Ionescu", "Jensen", "Keller"),
    *("Lambert", "Moretti", "Novak", "Olsen", "Petrov", "Rossi", "Silva", "Tóth", "Virtanen", "Wagner", "Zieliński"),
)
COMPANY_WORDS = (
    "Bright",
    "Harbour",
    "Maple",
    "Silver",
    "Northgate",
    "Riverside",
    "Old Mill",
    "Sunny",
    "Castle",
    "Green",
)
COMPANY_KINDS = ("Bakery", "Hotel", "Florist", "Clinic", "Bookshop", "Café", "Studio", "Carpentry", "School", "Bistro")
PRODUCTS: dict[str, dict[str, float]] = {  # category: name: list price in EUR
    "Kitchen": {
        "Chef's Knife": 59,
        "Cast Iron Pan": 45,
        "Espresso Maker": 129,
        "Cutting Board": 24,
        "Mixing Bowls": 32,
    },
    "Garden": {"Garden Hose": 39, "Pruning Shears": 21.5, "Wheelbarrow": 84, "Bird Feeder": 18, "Patio Heater": 199},
    "Office": {"Desk Lamp": 49, "Office Chair": 219, "Standing Desk": 449, "Paper Shredder": 75, "Whiteboard": 89},
    "Lighting": {"Floor Lamp": 119, "LED Strip": 22, "Pendant Light": 95, "Lantern": 35, "Reading Light": 17.9},
    "Textiles": {"Wool Blanket": 79, "Towel Set": 38, "Linen Curtains": 64, "Floor Rug": 159, "Cushion Pair": 26},
    "Tools": {"Cordless Drill": 139, "Tool Box": 46, "Step Ladder": 72, "Socket Set": 58, "Spirit Level": 15},
}
CUSTOMERS = 400
BUSINESS_EVERY = 4  # one customer in so many is a company
SEASON = (0.8, 0.8, 0.9, 1.0, 1.1, 1.0, 0.8, 0.8, 1.0, 1.1, 1.5, 1.8)  # orders by month, January first
HOURS = (0, 0, 0, 0, 0, 0, 1, 2, 5, 8, 9, 8, 7, 6, 6, 7, 7, 6, 6, 7, 8, 6, 3, 1)  # orders by hour of the day

SHIPPED = ("shipped", "delivered", "returned")

Value = str | int | Decimal | date | datetime | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Product:
    id: int
    name: str
    category: str
    cents: int


class Draw:
    """Choices made of ``random()`` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 (sample data, no secret)

    def below(self, n: int, skew: int = 1) -> int:
        """0 … n-1; a skew above 1 prefers the small ones."""
        share = self._random()
        return int(math.prod([share] * skew) * n)  # no pow: its last digit is the C library's

    def weighted(self, weights: Sequence[float]) -> int:
        """An index, by weight."""
        sums = list(accumulate(weights))
        return bisect_right(sums, self._random() * sums[-1])


def sample_rows(last_day: date = LAST_DAY) -> dict[str, list[Row]]:
    """The rows of each table, referenced tables first: orders of the 730 days up to ``last_day``."""
    draw = Draw(SEED)
    products = _products()
    customers = list(_customers(draw, last_day))
    orders, items = _orders(draw, last_day, [signed_up for *_, signed_up in customers], products)
    return {
        "regions": [(n, name, manager) for n, (name, manager, _) in enumerate(REGIONS, 1)],
        "customers": [*customers],
        "products": [(p.id, p.name, p.category, _euros(p.cents), _euros(p.cents * 6 // 10)) for p in products],
        "orders": orders,
        "order_items": items,
    }


def _products() -> list[Product]:
    listed = [(name, category, price) for category, prices in PRODUCTS.items() for name, price in prices.items()]
    return [Product(n, name, category, round(price * 100)) for n, (name, category, price) in enumerate(listed, 1)]


def _customers(draw: Draw, last_day: date) -> Iterator[tuple[int, str, str, str, str, int, date]]:
    """In order of signing up: a third before the first order, the others through the two years."""
    people = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES]
    companies = [f"{word} {kind}" for kind in COMPANY_KINDS for word in COMPANY_WORDS]
    for number in range(1, CUSTOMERS + 1):
        business = number % BUSINESS_EVERY == 0
        name = (companies if business else people).pop(draw.below(len(companies if business else people)))
        region = draw.weighted((5, 3, 4, 6, 4))
        cities = REGIONS[region][2]
        days_ago = DAYS * 3 // 2 * (CUSTOMERS - number) // CUSTOMERS
        email = f"{_ascii(name).lower().replace(' ', '.')}@example.com"
        segment = "business" if business else "consumer"
        yield number, name, email, segment, cities[draw.below(len(cities))], region + 1, last_day - timedelta(days_ago)


def _orders(
    draw: Draw, last_day: date, signed_up: Sequence[date], products: Sequence[Product]
) -> tuple[list[Row], list[Row]]:
    orders: list[Row] = []
    items: list[Row] = []
    for days_ago in range(DAYS - 1, -1, -1):
        day = last_day - timedelta(days_ago)
        customers = bisect_right(signed_up, day)
        expected = 3.5 * SEASON[day.month - 1] * (1 + (DAYS - days_ago) / DAYS)
        count = round(expected + draw.below(3) - 1)
        times = sorted(time(draw.weighted(HOURS), draw.below(60), draw.below(60)) for _ in range(count))
        for number, placed in enumerate(times, len(orders) + 1):
            status = _status(draw, days_ago)
            shipped = day + timedelta(min(days_ago, 1 + draw.below(3))) if status in SHIPPED else None
            customer = 1 + draw.below(customers, skew=2)
            orders.append((number, customer, datetime.combine(day, placed), status, shipped))
            items += _items(draw, number, products)
    return orders, items


def _status(draw: Draw, days_ago: int) -> str:
    if days_ago < 3:
        return ("new", "paid", "paid", "cancelled")[draw.below(4)]
    if days_ago < 8:
        return ("paid", "shipped", "shipped", "shipped", "cancelled")[draw.below(5)]
    return ("delivered", "cancelled", "returned")[draw.weighted((88, 8, 4))]


def _items(draw: Draw, order: int, products: Sequence[Product]) -> Iterator[Row]:
    chosen = sorted({draw.below(len(products)) for _ in range(1 + draw.weighted((40, 30, 20, 10)))})
    for line, index in enumerate(chosen, 1):
        product = products[index]
        discounted = product.cents * (100, 100, 100, 95, 90)[draw.below(5)] // 100
        yield order, line, product.id, 1 + draw.weighted((60, 20, 10, 6, 4)), _euros(discounted)


def _euros(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _ascii(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if letter.isascii() and letter not in "'")
