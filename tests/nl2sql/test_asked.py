import pytest

from nl2sql.asked import Asked


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many orders are there?", True),
        ("what is the number of customers", True),
        ("Show the total number of orders in 2025", True),
        ("How many orders per customer?", False),
        ("How many orders does each region have?", False),
        ("the number of orders by month", False),
        ("How much is the revenue?", False),
        ("Which customers ordered, and how many times?", False),
        ("", False),
    ],
)
def test_whether_one_number_is_asked_for(question: str, count: bool) -> None:
    assert Asked(question).is_count is count


@pytest.mark.parametrize(
    "question",
    [
        "What are the orders of today?",
        "Which contracts are overdue?",
        "the revenue of the last three months",
        "orders in the previous fiscal year",
        "How old is the customer?",
        "Wie viele Bestellungen gibt es?",
        "今天有多少订单",
        "cuántos pedidos hay",
        "",
    ],
)
def test_what_may_depend_on_the_day(question: str) -> None:
    """Also everything that is not English: it cannot be told."""
    assert Asked(question).is_relative


@pytest.mark.parametrize("question", ["Which customers ordered in 2025?", "last names of the staff"])
def test_what_does_not(question: str) -> None:
    assert not Asked(question).is_relative


def test_definitions_are_said_too() -> None:
    asked = Asked("Which customers are loyal?", terms=("loyal: ordered in the last year",))
    assert asked.text == "Which customers are loyal? loyal: ordered in the last year"
    assert asked.is_relative
    assert not Asked("Which customers are loyal?").is_relative
