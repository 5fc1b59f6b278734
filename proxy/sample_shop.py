"""The sample shop: two years of orders of an imaginary wholesaler of household goods, as SQL for MariaDB or MySQL.

The same day gives the same bytes: only ``random.Random.random``, whose sequence Python guarantees, is drawn from.
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
ROWS_PER_INSERT = 500

SCHEMA = """\
CREATE DATABASE {database} CHARACTER SET utf8mb4;
USE {database};
CREATE TABLE regions (
  id INT NOT NULL PRIMARY KEY,
  name VARCHAR(40) NOT NULL UNIQUE COMMENT 'Sales region, e.g. North',
  manager VARCHAR(80) NOT NULL COMMENT 'Full name of the regional sales manager'
) COMMENT 'Sales regions';
CREATE TABLE customers (
  id INT NOT NULL PRIMARY KEY,
  name VARCHAR(80) NOT NULL COMMENT 'Full name of the person or name of the company',
  email VARCHAR(120) NOT NULL UNIQUE,
  segment ENUM('consumer', 'business') NOT NULL COMMENT 'Kind of customer',
  city VARCHAR(60) NOT NULL,
  region_id INT NOT NULL COMMENT 'Sales region of the city',
  signed_up_on DATE NOT NULL COMMENT 'Day on which the account was opened',
  FOREIGN KEY (region_id) REFERENCES regions (id)
) COMMENT 'People and companies who may order';
CREATE TABLE products (
  id INT NOT NULL PRIMARY KEY,
  name VARCHAR(80) NOT NULL UNIQUE,
  category VARCHAR(40) NOT NULL COMMENT 'Kitchen, Garden, Office, Lighting, Textiles or Tools',
  price DECIMAL(10,2) NOT NULL COMMENT 'Current list price of one piece, EUR',
  cost DECIMAL(10,2) NOT NULL COMMENT 'What one piece costs the shop, EUR',
  KEY (category)
) COMMENT 'What the shop sells';
CREATE TABLE orders (
  id INT NOT NULL PRIMARY KEY,
  customer_id INT NOT NULL,
  ordered_at DATETIME NOT NULL COMMENT 'When the order was placed',
  status ENUM('new', 'paid', 'shipped', 'delivered', 'cancelled', 'returned') NOT NULL
    COMMENT 'Cancelled orders bring no revenue',
  shipped_on DATE NULL COMMENT 'NULL until shipped',
  KEY (ordered_at),
  FOREIGN KEY (customer_id) REFERENCES customers (id)
) COMMENT 'Orders; what was ordered is in order_items';
CREATE TABLE order_items (
  order_id INT NOT NULL,
  line INT NOT NULL COMMENT 'Number of the line within the order, from 1',
  product_id INT NOT NULL,
  quantity INT NOT NULL COMMENT 'Pieces',
  unit_price DECIMAL(10,2) NOT NULL COMMENT 'Price of one piece when ordered, EUR; revenue is quantity * unit_price',
  PRIMARY KEY (order_id, line),
  FOREIGN KEY (order_id) REFERENCES orders (id),
  FOREIGN KEY (product_id) REFERENCES products (id)
) COMMENT 'Lines of orders';
"""

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


def sample_shop_sql(last_day: date = LAST_DAY, *, database: str = "shop") -> str:
    """SQL that creates ``database`` (it must not exist) and fills it with orders of the 730 days up to ``last_day``.

    Raises ValueError where ``database`` is not a plain name.
    """
    if not (database.isidentifier() and database.isascii()):
        raise ValueError(f"{database!r} is not a plain database name")
    draw = Draw(SEED)
    products = _products()
    customers = list(_customers(draw, last_day))
    orders, items = _orders(draw, last_day, [signed_up for *_, signed_up in customers], products)
    product_rows = [(p.id, p.name, p.category, _euros(p.cents), _euros(p.cents * 6 // 10)) for p in products]
    return "".join(
        [
            SCHEMA.format(database=database),
            "START TRANSACTION;\n",
            *_insert("regions", [(n, name, manager) for n, (name, manager, _) in enumerate(REGIONS, 1)]),
            *_insert("customers", customers),
            *_insert("products", product_rows),
            *_insert("orders", orders),
            *_insert("order_items", items),
            "COMMIT;\n",
        ]
    )


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


def _insert(table: str, rows: Sequence[Row]) -> Iterator[str]:
    for start in range(0, len(rows), ROWS_PER_INSERT):
        values = ",\n".join(f"({', '.join(map(_literal, row))})" for row in rows[start : start + ROWS_PER_INSERT])
        yield f"INSERT INTO {table} VALUES\n{values};\n"


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "'" + str(value).replace("'", "''") + "'"
