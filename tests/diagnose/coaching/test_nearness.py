import pytest

from diagnose.coaching.nearness import listed, nearest

NAMES = ["customer_id", "created_at", "full_name", "city", "cities", "order", "status"]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("customerid", "customer_id"),
        ("CUSTOMER_ID", "customer_id"),
        ("created", "created_at"),
        ("name", "full_name"),
        ("orders", "order"),
        ("ctiy", "city"),
        ("staus", "status"),
    ],
)
def test_a_name_that_is_meant(word: str, found: str) -> None:
    assert nearest(word, NAMES)[0] == found


@pytest.mark.parametrize("word", ["", "zzz", "x" * 10_000, "status"])
def test_nothing_is_near(word: str) -> None:
    assert nearest(word, NAMES) == []


def test_lists_for_a_sentence() -> None:
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a or b", "a, b or c"]
