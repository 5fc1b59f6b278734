"""Column definitions read in full, and changed."""

import struct

import pytest

from proxy.wire.capabilities import Dialect
from proxy.wire.definitions import codec_of, parse_column, parse_definition
from proxy.wire.errors import ProtocolError
from tests.proxy.wire.replies import DIALECTS, definition
from tests.support.raw_client import lenenc

PLAIN = DIALECTS["classic"]


def payload(*, charset: int = 45, length: int = 10, kind: int = 0xFD, flags: int = 0, decimals: int = 0) -> bytes:
    names = b"".join(map(lenenc, (b"def", b"shop", b"o", b"orders", b"name", b"original")))
    return names + b"\x0c" + struct.pack("<HIBHB", charset, length, kind, flags, decimals) + b"\0\0"


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_what_rows_are_read_by(dialect: Dialect) -> None:
    payload = definition(dialect, b"name", kind=0x03, charset=63)
    column = parse_column(payload, dialect)
    assert (column.schema, column.table, column.name, column.character_set, column.type) == (
        b"shop",
        b"orders",
        b"name",
        63,
        3,
    )
    for size in range(len(payload) - 5):
        with pytest.raises(ProtocolError):
            parse_column(payload[:size], dialect)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_names_and_what_it_may_say_beyond_them(dialect: Dialect) -> None:
    found = parse_definition(definition(dialect, b"name", 0x03, 63), dialect, "utf-8")
    assert (found.schema, found.table, found.name, found.column) == ("shop", "orders", "name", "original")
    assert found.extended is dialect.extended_metadata
    assert (found.type, found.codec) == (0x03, None)


@pytest.mark.parametrize(("flags", "unsigned"), [(0, False), (0x20, True), (0x1F, False), (0xFFFF, True)])
def test_flags_and_decimals(flags: int, unsigned: bool) -> None:
    found = parse_definition(payload(flags=flags, decimals=31), PLAIN, "utf-8")
    assert (found.flags, found.unsigned, found.decimals) == (flags, unsigned, 31)


@pytest.mark.parametrize(
    ("kind", "charset", "codec"),
    [
        (0xFD, 45, "utf-8"),
        (0xFD, 8, "cp1252"),
        (0xFC, 63, None),  # a BLOB
        (0xFC, 28, "gbk"),
        (0x03, 45, None),  # an INT, whatever its character set says
        (0x0C, 33, None),  # a DATETIME
        (0xF6, 8, None),  # a DECIMAL
    ],
)
def test_the_character_set_of_its_cells(kind: int, charset: int, codec: str | None) -> None:
    assert parse_definition(payload(kind=kind, charset=charset), PLAIN, "utf-8").codec == codec


@pytest.mark.parametrize(
    ("collation", "codec"), [(63, None), (45, "utf-8"), (255, "utf-8"), (8, "cp1252"), (13, "shift_jis"), (0, "utf-8")]
)
def test_the_codec_of_a_collation(collation: int, codec: str | None) -> None:
    assert codec_of(collation) == codec


@pytest.mark.parametrize("collation", [2047, 65535])
def test_the_codec_of_a_collation_that_nobody_knows(collation: int) -> None:
    assert codec_of(collation) == "utf-8"


@pytest.mark.parametrize(
    ("name", "results", "text"),
    [
        ("Größe".encode(), "cp1252", "Größe"),
        ("Größe".encode("cp1252"), "cp1252", "Größe"),
        ("价格".encode("gbk"), "gbk", "价格"),
        (b"\xff\xfe", "ascii", "��"),
    ],
)
def test_a_name_is_utf8_or_else_of_the_sessions_results(name: bytes, results: str, text: str) -> None:
    assert parse_definition(definition(PLAIN, name), PLAIN, results).name == text


def test_null_in_place_of_a_name() -> None:
    names = b"\3def" + b"\xfb" * 5
    assert parse_definition(names + payload()[-13:], PLAIN, "utf-8").name == ""


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_one_that_ends_too_early(dialect: Dialect) -> None:
    whole = definition(dialect, b"name")
    needed = len(whole) - 2  # the filler at its end says nothing
    parse_definition(whole[:needed], dialect, "utf-8")
    for size in range(needed):
        with pytest.raises(ProtocolError) as caught:
            parse_definition(whole[:size], dialect, "utf-8")
        assert caught.value.number == 1835


def test_a_name_longer_than_the_packet() -> None:
    with pytest.raises(ProtocolError):
        parse_definition(b"\xfe" + b"\xff" * 8 + payload(), PLAIN, "utf-8")


@pytest.mark.parametrize(("length", "shown"), [(0, 1024), (1023, 1024), (1025, 1025), (0xFFFFFFFF, 0xFFFFFFFF)])
@pytest.mark.parametrize(("flags", "left"), [(0, 0), (0x0001, 0), (0x1021, 0x1020)])
def test_changed_may_be_null_and_is_no_shorter(length: int, shown: int, flags: int, left: int) -> None:
    found = parse_definition(payload(length=length, flags=flags, decimals=3), PLAIN, "utf-8")
    assert found.changed() == payload(length=shown, flags=left, decimals=3)
