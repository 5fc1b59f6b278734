import pytest

from knowledge.loading.encodings import decode, known


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Größe und Maß – 値段"),
        ("utf-8-sig", "Größe"),
        ("utf-16", "Größe 値段"),
        ("utf-16-le", "Groesse, plain and long enough"),
        ("utf-32", "Größe"),
        ("cp1252", "Die Rückgabe ist innerhalb von dreißig Tagen möglich. Für Käufer außerhalb gilt §3 – „fünf“ Tage."),
        ("cp1250", "Zwrot towaru jest możliwy w ciągu trzydziestu dni. Później przysługuje już tylko reklamacja."),
        ("cp1251", "Возврат товара возможен в течение тридцати дней после покупки. Деньги возвращаются за пять дней."),
        ("koi8_r", "Возврат товара возможен в течение тридцати дней после покупки. Деньги возвращаются за пять дней."),
        ("cp932", "商品は三十日以内に返品できます。返金は五日以内に行われます。送料はお客様の負担となります。"),
        ("gb18030", "商品可以在三十天内退货。退款将在五天内完成。运费由客户承担。请保留收据。"),
        ("big5", "商品可以在三十天內退貨。退款將在五天內完成。運費由客戶承擔。請保留收據。"),
    ],
)
def test_the_encoding_is_found_out(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).lstrip("\ufeff").strip() == text


@pytest.mark.parametrize("name", ["utf8", "latin1", "windows-1252", "shift_jis", "EUC-JP", "gb18030", "koi8-r"])
def test_character_sets_are_known(name: str) -> None:
    assert known(name)


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf-7", "zlib", "rot13", "x", ""])
def test_other_codecs_are_not(name: str) -> None:
    assert known(name) == ""


def test_a_codec_that_takes_long_is_not_asked() -> None:
    # 2 MB take punycode many minutes.
    assert decode(b"abc\xff-" + b"b9z" * 666_666, "punycode").startswith("abc")
