import pytest

from models_runtime.engine.names import Catalog, FewWords, Words, is_likely_alias


@pytest.mark.parametrize("kind", [Words, FewWords])
def test_words_and_their_beginnings(kind: type[Words] | type[FewWords]) -> None:
    words = kind(["orders", "order_lines"])
    assert "orders" in words
    assert "order" not in words
    for text, found in (("o", True), ("order_", True), ("orders", True), ("ordersx", False), ("x", False)):
        assert words.has_beginning(text) is found


def test_nothing_begins_with_nothing() -> None:
    assert not Words([]).has_beginning("a")


def test_names_fold_case_and_are_one_character_a_byte() -> None:
    catalog = Catalog({"Orders": ["Id", "Größe"], "people": []})
    assert "orders" in catalog.tables
    assert "Größe".encode().decode("latin-1").lower() in catalog.columns["orders"]
    assert catalog.columns["people"].words == frozenset()
    assert "id" in catalog.all_columns


@pytest.mark.parametrize(
    ("word", "likely"),
    [
        ("o", True),
        ("ol", True),
        ("o2", True),
        ("ordr", True),
        ("orl", True),
        ("xyz", False),
        ("id", False),
        ("id2", False),
        ("order", False),
        ("", True),
    ],
)
def test_aliases(word: str, likely: bool) -> None:
    assert is_likely_alias(word, ["order_lines"]) is likely
