import pytest

from plugins import UpstreamError
from proxy.results import MustSucceed, decoded, raise_for
from proxy.wire.charsets import charset
from proxy.wire.definitions import Column
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import ErrPacket
from proxy.wire.reply import Reply
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, Row, definition, end, err, integer, ok, packets, row

DIALECT = DIALECTS["deprecate_eof"]


def reply(columns: list[bytes], *rows: Row, decode: int = 100) -> Reply:
    made = Reply(DIALECT, decode=decode)
    sent = packets([integer(len(columns)), *columns, *map(row, rows), end(DIALECT)])
    assert [made.feed(packet) for packet in sent][-1]
    return made


def test_texts_in_the_sessions_character_set() -> None:
    made = reply([definition(DIALECT, "größe".encode("cp1252"))], ["größe".encode("cp1252")], [None])
    found = decoded(made.summary, charset("latin1"))
    assert [column.name for column in found.columns] == ["größe"]
    assert found.rows == (("größe",), (None,))
    assert not found.truncated


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [(0xFC, b"\xff\x00", b"\xff\x00"), (0xFD, b"\xff", b"\xff"), (3, b"5", "5"), (12, b"2026-01-01", "2026-01-01")],
)
def test_bytes_only_where_the_type_holds_them(kind: int, cell: bytes, value: object) -> None:
    """Numbers and dates carry the binary collation too."""
    found = decoded(reply([definition(DIALECT, b"a", kind, charset=63)], [cell]).summary, charset("utf8mb4"))
    assert found.rows == ((value,),)


def test_what_is_no_text_of_the_character_set() -> None:
    found = decoded(reply([definition(DIALECT, b"a")], [b"a\xff"]).summary, charset("utf8mb4"))
    assert found.rows == (("a\ufffd",),)


def test_rows_that_were_read_and_dropped() -> None:
    made = reply([definition(DIALECT, b"a")], *[[b"x"]] * 3, decode=2)
    found = decoded(made.summary, charset("utf8mb4"))
    assert (len(found.rows), found.truncated) == (2, True)


def test_columns() -> None:
    (column,) = decoded(reply([definition(DIALECT, b"name")]).summary, charset("utf8mb4")).columns
    assert (column.name, column.type, column.schema, column.table) == ("name", 0xFD, "shop", "orders")
    assert isinstance(reply([definition(DIALECT, b"a")]).summary.columns[0], Column)


@pytest.mark.parametrize("state", ["42S02", None])
def test_errors(state: str | None) -> None:
    raise_for(None, charset("utf8mb4"))
    with pytest.raises(UpstreamError) as error:
        raise_for(ErrPacket(1146, state, "größe".encode("cp1252")), charset("latin1"))
    assert (error.value.number, error.value.sqlstate, error.value.message) == (1146, state or "HY000", "größe")


def test_a_reply_that_must_succeed() -> None:
    assert MustSucceed(DIALECT).feed(frame(1, ok()))
    with pytest.raises(ProtocolError, match="The session cannot be given back: wrong") as error:
        MustSucceed(DIALECT).feed(frame(1, err(1064)))
    assert error.value.number == 1835
    assert MustSucceed(DIALECT, tolerates=1064).feed(frame(1, err(1064)))
    with pytest.raises(ProtocolError):
        MustSucceed(DIALECT, tolerates=1065).feed(frame(1, err(1064)))
