import pytest

from knowledge.index.tokens import LONGEST, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Customers' net-sales_2024, 3.5 %", ["customers", "net", "sales", "2024", "3", "5"]),
        ("Éclair à la crème, cafe\u0301, STRASSE Straße", ["eclair", "a", "la", "creme", "cafe", "strasse", "strasse"]),
        ("ﬁnance ＡＢＣ", ["finance", "abc"]),
        ("客户数量 2024", ["客户", "户数", "数量", "2024"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("中", ["中"]),
        ("привет мир", ["привет", "мир"]),
        ("हिन्दी", ["हिन्दी"]),
        ("", []),
        ('" OR * ^ : () NEAR - \0', ["or", "near"]),
    ],
)
def test_words(text, words):
    assert tokens(text) == words


def test_a_long_word_is_cut():
    assert tokens("x" * 1000) == ["x" * LONGEST]
    assert tokens("é" * 1000) == ["e" * LONGEST]
