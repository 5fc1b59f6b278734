import pytest

from nl2sql.words import content_words, words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("customerName order_items HTTPServer", ["customer", "name", "order", "items", "http", "server"]),
        ("Größte Über número ¿Cuántos", ["grösste", "über", "número", "cuántos"]),
        ("Müller's Q3 2025", ["müller", "s", "q", "3", "2025"]),
        ("business细分市场30天", ["business", "细分市场", "30", "天"]),
        ("先月の売上 合計", ["先月の売上", "合計"]),
        ("Количество заказов", ["количество", "заказов"]),
        ("__ -- 。？", []),
    ],
)
def test_words_of_any_script(text: str, parts: list[str]) -> None:
    assert words(text) == parts


def test_text_without_spaces_is_content() -> None:
    assert list(content_words("每个地区有多少客户？").values()) == ["每个地区有多少客户"]
