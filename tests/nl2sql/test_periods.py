import pytest

from nl2sql.periods import period_hints


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("monthly revenue by region", "month and region"),
        ("sales by product category per year in 2024", "year and product category"),
        ("orders by month and status", "month and status"),
        ("how many visits per day?", "day"),
        ("Quarterly income for each branch", "quarter and branch"),
        ("weekly signups from germany", "week"),
    ],
)
def test_a_named_period_is_a_row_each(question: str, groups: str) -> None:
    (hint,) = period_hints(question)
    assert hint.startswith(f"give a row for each {groups}, with ")


@pytest.mark.parametrize(
    "question",
    [
        "what was the average monthly revenue?",
        "revenue last month",
        "orders in the first month",
        "customers by region",
        "the best yearly result",
        "who joined on a monday",
    ],
)
def test_no_hint_where_the_period_is_something_else(question: str) -> None:
    assert period_hints(question) == []


def test_the_hint_spells_the_period_in_mysql() -> None:
    assert period_hints("monthly totals") == [
        "give a row for each month, with DATE_FORMAT(the date column, '%Y-%m') AS month"
    ]
