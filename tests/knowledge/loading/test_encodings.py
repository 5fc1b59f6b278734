import pytest

from knowledge.loading.encodings import decode, known


@pytest.mark.parametrize("name", ["utf8", "latin1", "windows-1252", "shift_jis", "EUC-JP", "gb18030", "koi8-r"])
def test_character_sets_are_known(name: str) -> None:
    assert known(name)


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf-7", "zlib", "rot13", "x", ""])
def test_other_codecs_are_not(name: str) -> None:
    assert known(name) == ""


def test_a_codec_that_takes_long_is_not_asked() -> None:
    # 2 MB take punycode many minutes.
    assert decode(b"abc\xff-" + b"b9z" * 666_666, "punycode").startswith("abc")
