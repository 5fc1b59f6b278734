from dataclasses import dataclass
from typing import Any

import pytest

from conf.mask import MaskRule
from plugins.builtin.mask.actions import hidden, mask_of

KEY = b"k" * 32
TEXT, INT, TINY, DECIMAL, DATE, DATETIME, JSON, DOUBLE, TIME, YEAR = 0xFD, 3, 1, 0xF6, 10, 12, 0xF5, 5, 11, 13


@dataclass(frozen=True)
class Wire:
    type: int
    codec: str | None = None
    flags: int = 0
    decimals: int = 0
    extended: bool = False
    name: str = "c"
    schema: str = "s"
    table: str = "t"
    column: str = "c"


def shown(column: Wire, cell: bytes | None, **rule: Any) -> bytes | None:
    return mask_of(MaskRule(columns=("*.*.*",), **rule), column, KEY)(cell)


@pytest.mark.parametrize(
    ("cell", "first", "last", "codec", "expected"),
    [
        (b"samuel", 1, 2, "utf-8", b"s***el"),
        ("zoë".encode(), 0, 1, "utf-8", "**ë".encode()),
        ("zoë".encode("cp1252"), 2, 0, "cp1252", b"zo*"),
        (b"ab", 1, 1, "utf-8", b"**"),
        (b"", 1, 1, "utf-8", b""),
        (b"\xff\xfe\xfd", 1, 0, None, b"\xff**"),
    ],
)
def test_partial(cell: bytes, first: int, last: int, codec: str | None, expected: bytes) -> None:
    assert shown(Wire(TEXT, codec), cell, action="partial", first=first, last=last) == expected


def test_hide_keeps_the_type() -> None:
    assert shown(Wire(TEXT, "utf-8"), b"x", text="(no)") == b"(no)"
    assert shown(Wire(TEXT, "utf-8"), None) == b"***"  # that it is NULL is not told
    for kind in (INT, DECIMAL, DATE, DATETIME, JSON, DOUBLE, TIME, 0x10, 0xFF):
        assert shown(Wire(kind), b"5") is None
    assert shown(Wire(TEXT, "utf-8", extended=True), b"x") is None
    assert hidden(MaskRule(types=("text",), text="é"), Wire(TEXT, "cp1252"))(b"x") == b"\xe9"


def test_hash() -> None:
    text = shown(Wire(TEXT, "utf-8"), "zoë".encode(), action="hash")
    assert text is not None
    assert len(text) == 16
    assert text == shown(Wire(TEXT, "cp1252"), "zoë".encode("cp1252"), action="hash")
    assert text != shown(Wire(TEXT, "utf-8"), b"zoe", action="hash")
    assert text != mask_of(MaskRule(types=("text",), action="hash"), Wire(TEXT, "utf-8"), b"x" * 32)("zoë".encode())
    assert shown(Wire(TEXT, "utf-8"), None, action="hash") is None
    assert 0 <= int(shown(Wire(TINY), b"5", action="hash") or b"") < 128
    assert 1901 <= int(shown(Wire(YEAR), b"1980", action="hash") or b"") <= 2155
    assert len(shown(Wire(DATE), b"1980-01-02", action="hash") or b"") == 10
    assert len(shown(Wire(DATETIME), b"1980-01-02 03:04:05", action="hash") or b"") == 19
    assert len(shown(Wire(TIME), b"03:04:05", action="hash") or b"") == 8
    assert shown(Wire(JSON), b"{}", action="hash") is None


def test_noise() -> None:
    seen = {shown(Wire(INT), b"%d" % n, action="noise", spread=0.1) for n in range(10_000, 10_100)}
    assert len(seen) > 50
    assert all(8_900 <= int(value or b"") <= 11_200 for value in seen)
    assert shown(Wire(INT), b"5", action="noise") == shown(Wire(INT), b"5", action="noise")
    assert -128 <= int(shown(Wire(TINY), b"127", action="noise", spread=5.0) or b"") <= 127
    assert 0 <= int(shown(Wire(TINY, flags=0x20), b"1", action="noise", spread=5.0) or b"") <= 255
    money = shown(Wire(DECIMAL, decimals=2), b"12345678901234567890123456789012345.67", action="noise")
    assert money is not None
    assert money[-3:-2] == b"."
    assert money != b"12345678901234567890123456789012345.67"
    assert float(shown(Wire(DOUBLE, decimals=31), b"1.5e300", action="noise") or b"") > 1e300
    assert shown(Wire(DATE), b"2026-01-31", action="noise") != b"2026-01-31"
    assert shown(Wire(DATETIME), b"2026-01-31 10:11:12", action="noise", days=3)[-9:] == b" 10:11:12"  # type: ignore[index]
    assert shown(Wire(DATE), b"0000-00-00", action="noise") is None
    assert shown(Wire(INT), b"nonsense", action="noise") is None
    assert shown(Wire(TEXT, "utf-8"), b"text", action="noise") == b"***"


def test_nullify() -> None:
    assert shown(Wire(TEXT, "utf-8"), b"x", action="nullify") is None
