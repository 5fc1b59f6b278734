import pytest

from diagnose.narrative import additions

TOLD = (
    "1. (high) orders is read in full: no index begins with customer_id. Evidence: 20,000 rows read, 12 returned. "
    "Create the index."
)
NAMES = ("orders", "customer_id", "customers", "region")


@pytest.mark.parametrize(
    "text",
    [
        "The statement reads all 20,000 rows of orders to return 12, because no index begins with customer_id.",
        "It reads 20000 rows of `orders`. Create the index first.",
    ],
)
def test_what_the_findings_say_may_be_said(text: str) -> None:
    assert additions(text, TOLD, NAMES) == []


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("It reads 30,000 rows.", "30,000"),
        ("It is 100 times slower.", "100"),
        ("The table customers is read.", "customers"),
        ("Use `order_items` instead.", "order_items"),
        ("Look at shop.returns too.", "shop.returns"),
        ("Also partition the table.", "partition"),
        ("Consider a bigger cache.", "cache"),
    ],
)
def test_what_they_do_not_say_is_found(text: str, added: str) -> None:
    assert added in additions(text, TOLD, NAMES)


def test_in_other_languages_names_and_numbers_are_checked() -> None:
    assert additions("Es werden 20.000 Zeilen von orders gelesen.", TOLD, NAMES, english=False) == []
    assert additions("Es werden 12,5 Zeilen von region gelesen.", TOLD, NAMES, english=False) == ["12,5", "region"]
