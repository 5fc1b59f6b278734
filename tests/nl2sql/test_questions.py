from datetime import date
from decimal import Decimal

import pytest

from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable
from nl2sql.questions import Kind, Spelled, ValueIndex, pieces, same_question, singular

CITIES = ("New York", "New", "North", "O'Brien", "Women's", "7 Eleven", "no", "x", "42", "")
VALUES = ValueIndex(
    Catalog(
        "shop",
        (
            CatalogTable("shops", (CatalogColumn("city", "varchar(30)", values=CITIES),)),
            CatalogTable("regions", (CatalogColumn("name", "varchar(30)", values=("NORTH",)),)),
        ),
    )
)


def read(question: str, values: ValueIndex = VALUES) -> list[str]:
    """``kind:text`` of each piece; a word without its kind."""
    return [p.text if p.kind is Kind.WORD else f"{p.kind.value}:{p.text}" for p in pieces(question, values)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Please show me the customers' orders", ["customer", "order"]),
        ("How many cities are there?", ["count", "city"]),
        ("What’s the customers' orders?", ["customer", "order"]),
        ("which orders were open", ["order", "was", "open"]),
        ("number of orders for each region", ["count", "order", "by", "region"]),
        # Before a noun they are nouns.
        ("list the prices", ["price"]),
        ("list price", ["list", "price"]),
        # A question of nothing else keeps it.
        ("show me", ["show", "me"]),
        ("", []),
        (" ?! ", []),
        ("Café STRASSE", ["café", "strasse"]),
        ("orders <= 5%", ["order", "<", "=", "number:5", "%"]),
    ],
)
def test_words_without_what_says_nothing(question: str, expected: list[str]) -> None:
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("over 1,234,567.50", ["over", "number:1234567.50"]),
        ("over twenty", ["over", "number:20"]),
        ("5kg", ["5", "kg"]),
        ("v2", ["v", "2"]),
        ("-5", ["-", "5"]),  # which no unsigned literal may be replaced by
        ("10-20", ["number:10", "-", "20"]),
        ("42", ["number:42"]),
        ("in 2025", ["in", "span:year 2025-01-01"]),
        ("in May 2025", ["in", "span:month 2025-05-01"]),
        ("table_2025", ["table", "2025"]),
        ("on 2025-02-30", ["on", "number:2025", "-", "02", "-", "30"]),  # no such day
    ],
)
def test_numbers_and_days(question: str, expected: list[str]) -> None:
    assert read(question) == expected


def test_what_a_parameter_brings_with_it() -> None:
    (number,) = pieces("1,000.5")
    assert number.number == Decimal("1000.5")
    (year,) = pieces("2025")
    assert year.number == 2025, "it may be a number as well"
    assert year.span is not None
    assert (year.span.first, year.span.after) == (date(2025, 1, 1), date(2026, 1, 1))
    (value,) = pieces("nOrth", VALUES)
    assert value.values == (Spelled("shops", "city", "North"), Spelled("regions", "name", "NORTH"))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("new york orders", ["value:new york", "order"]),  # the longest
        ("orders of NEW-York", ["order", "value:new york"]),
        ("orders of the new", ["order", "value:new"]),  # the last word, with which a longer value begins too
        ("new orders", ["value:new", "order"]),
        ("york", ["york"]),
        ("norths", ["value:north"]),
        ("north's orders", ["value:north", "order"]),
        ("women's orders", ["value:women", "order"]),
        ("O'Brien", ["value:o brien"]),
        ("7 eleven", ["value:7 eleven"]),
        ("no x", ["no", "x"]),  # hardly ever meant as values
    ],
)
def test_values_of_columns(question: str, expected: list[str]) -> None:
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("orders of 'x' and \"y z\"", ["x", "y z"]),
        ("“North” or ‘South’", ["North", "South"]),
        ("code 'It' -- '", ["It"]),
        ("status='paid'", ["paid"]),
        # The ending of a possessive, or an apostrophe in a word, is part of what is quoted.
        ('orders of "McDonald\'s"', ["McDonald's"]),
        ("orders of 'McDonald's'", ["McDonald's"]),
        ("orders of 'O'Brien' and 'x'", ["O'Brien", "x"]),
        ("the customers' and the users' orders", []),
        ('it\'s 5" wide and 6" high', []),
        ("'open", []),
        ("'open'ed", []),
        ("''", []),
        ("'two\nlines'", []),
    ],
)
def test_quoted_texts_to_the_letter(question: str, texts: list[str]) -> None:
    assert [p.text for p in pieces(question) if p.kind is Kind.TEXT] == texts


def test_a_quoted_text_is_a_value_only_as_a_whole() -> None:
    (york,) = pieces("'new YORK'", VALUES)
    assert [spelled.value for spelled in york.values] == ["New York"]
    assert york.text == "new YORK"
    (pole,) = pieces("'North pole'", VALUES)
    assert pole.values == (), "'North pole' is not North"
    (punctuation,) = pieces("'--'", VALUES)
    assert punctuation.values == ()


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("cities", "city"),
        ("classes", "class"),
        ("boxes", "box"),
        ("orders", "order"),
        # No plurals.
        ("status", "status"),
        ("analysis", "analysis"),
        ("address", "address"),
        ("ties", "tie"),
        ("gas", "gas"),
        ("", ""),
    ],
)
def test_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Which orders are open?", "the OPEN orders", False),  # the order of words counts
        ("how many orders are there?", "the number of  ORDER", True),
        ("orders per region", "orders by region", True),
        ("orders over 1,000", "orders over 1000", True),
        ("orders over 1000", "orders over 100", False),
        ("orders of 'x'", "orders of 'X'", False),
        ("orders of 'x'", "orders of x", False),
        ("orders of 5", "orders of '5'", False),
        ("orders < 5", "orders > 5", False),
        ("orders", "orders without", False),
        ("", "?", True),
    ],
)
def test_same_question(one: str, other: str, same: bool) -> None:
    assert same_question(one, other) is same
    assert same_question(other, one) is same
