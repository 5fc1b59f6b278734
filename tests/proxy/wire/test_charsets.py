"""Character sets: what MySQL calls them, what Python does, and that both mean the same."""

import codecs

import pytest

from proxy.wire import charsets
from proxy.wire.charsets import UTF8MB4, charset
from tests.support.shop_server import ShopServer


def test_unknown_is_utf8() -> None:
    assert charset(None) == charset("") == charset("dec8") == charset("no such") == UTF8MB4
    assert charset("UTF8MB4") == UTF8MB4


@pytest.mark.parametrize("name", charsets._BY_NAME)
def test_python_knows_each(name: str) -> None:
    assert codecs.lookup(charset(name).codec)


def test_collations_are_those_of_the_character_set(mariadb: ShopServer) -> None:
    sql = "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
    rows = [line.split("\t") for line in mariadb.run_sql(sql).splitlines()]
    owner = {int(number): name for number, name in rows if number != "NULL"}
    checked = [name for name, known in charsets._BY_NAME.items() if known.collation in owner]
    assert len(checked) > 25
    for name in checked:
        expected = "utf8mb3" if name == "utf8" else name
        assert owner[charset(name).collation] == expected, name


@pytest.mark.parametrize(
    "name", ["latin1", "latin2", "cp1250", "cp1251", "greek", "hebrew", "koi8r", "gbk", "big5", "sjis", "ujis"]
)
def test_same_bytes_as_the_server(mariadb: ShopServer, name: str) -> None:
    """Letters of each script, converted by the server and by Python."""
    words = {"greek": "Ωμέγα", "hebrew": "שלום", "koi8r": "Цена", "cp1251": "Цена", "gbk": "价格", "big5": "價格"}
    word = words.get(name) or ("価格" if name in ("sjis", "ujis") else "Größe")
    served = mariadb.run_sql(f"SELECT HEX(CONVERT(_utf8mb4 x'{word.encode().hex()}' USING {name}))").strip()
    assert word.encode(charset(name).codec).hex().upper() == served
