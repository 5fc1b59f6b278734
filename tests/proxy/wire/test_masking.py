import pytest
from mysql_mimic.types import Capabilities

from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import UTF8MB4
from proxy.wire.columns import ColumnDefinition, ColumnType
from proxy.wire.definitions import Definition
from proxy.wire.encode import column_definition, end_of_rows, error, ok
from proxy.wire.errors import ProtocolError
from proxy.wire.masking import MaskedFetch, MaskedReply, Masks
from proxy.wire.packets import MAX_CHUNK, Frames, err_packet_payload, packet
from proxy.wire.reply import Reply
from proxy.wire.rows import encoder

EOF = Dialect(0)
NO_EOF = Dialect(int(Capabilities.CLIENT_DEPRECATE_EOF))
BOTH = pytest.mark.parametrize("dialect", [EOF, NO_EOF], ids=["eof", "deprecate_eof"])
TEXT = ColumnDefinition("secret", ColumnType.VAR_STRING, 10, flags=1, schema="s", table="t", original_name="secret")
NUMBER = ColumnDefinition("n", ColumnType.LONG, 11, binary=True)
MORE = 0x0008


def star(cell: bytes | None) -> bytes | None:
    return None if cell is None else b"*" * len(cell)


def result(
    dialect: Dialect, columns: list[ColumnDefinition], rows: list[bytes], *, status: int = 2, start: int = 1
) -> bytes:
    payloads = [bytes([len(columns)]), *(column_definition(c, dialect, UTF8MB4) for c in columns)]
    if not dialect.deprecate_eof:
        payloads.append(b"\xfe\0\0" + status.to_bytes(2, "little"))
    payloads += rows
    data = b"".join(packet(start + n, p) for n, p in enumerate(payloads))
    return data + end_of_rows(start + len(payloads), dialect, status)


def follow(follower: MaskedReply | MaskedFetch, data: bytes) -> bytes:
    frames = Frames().feed(data)
    ends = [follower.feed(frame) for frame in frames]
    assert ends[-1]
    assert not any(ends[:-1])
    return follower.take()


def masked(dialect: Dialect, masks: Masks, *, binary: bool = False) -> MaskedReply:
    return MaskedReply(dialect, lambda _number, _columns: masks, binary=binary, results="utf-8")


@BOTH
def test_text_rows(dialect: Dialect) -> None:
    encode = encoder([TEXT, NUMBER], binary=False)
    data = result(dialect, [TEXT, NUMBER], encode([[b"abc", b"1"], [None, None], [b"", b"22"]]))
    out = follow(masked(dialect, [star, None]), data)
    reply = Reply(dialect, decode=9)
    for frame in Frames().feed(out):
        reply.feed(frame)
    assert reply.summary.rows == [(b"***", b"1"), (None, None), (b"", b"22")]


@BOTH
def test_binary_rows(dialect: Dialect) -> None:
    columns = [NUMBER, TEXT, ColumnDefinition("d", ColumnType.DATE, 10, binary=True), NUMBER]
    encode = encoder(columns, binary=True)
    rows = [[b"-5", b"abc", b"2026-01-02", b"7"], [None, None, None, b"8"], [b"1", b"", b"2026-01-03", None]]
    shown = [[b"99", b"***", None, b"7"], [b"99", None, None, b"8"], [b"99", b"", None, None]]
    out = follow(
        masked(dialect, [lambda _c: b"99", star, lambda _c: None, None], binary=True),
        result(dialect, columns, encode(rows)),
    )
    for row in encode(shown):
        assert row in out


@BOTH
def test_nothing_changes_without_masks(dialect: Dialect) -> None:
    rows = encoder([TEXT, NUMBER], binary=False)([[b"abc", b"1"]])
    data = result(dialect, [TEXT, NUMBER], rows, status=2 | MORE) + ok(5, 2)
    one = result(dialect, [TEXT, NUMBER], rows, status=2 | MORE)
    data = one + ok(len(Frames().feed(one)) + 1, 2)
    assert follow(masked(dialect, [None, None]), data) == data


@BOTH
def test_an_error_in_place_of_rows(dialect: Dialect) -> None:
    """What follows, other results too, is read and dropped."""
    refusal = err_packet_payload(57073, "45000", "no")
    one = result(dialect, [TEXT], [b"\x03abc"], status=2 | MORE)
    count = len(Frames().feed(one))
    data = one + result(dialect, [TEXT], [b"\x03abc"], start=count + 1)
    reply = MaskedReply(dialect, lambda _n, _c: refusal, results="utf-8")
    assert follow(reply, data) == packet(1, refusal)


def test_the_definition_says_that_it_may_be_null() -> None:
    seen: list[Definition] = []

    def choose(_number: int, columns: object) -> Masks:
        seen.extend(columns)  # type: ignore[call-overload]
        return [star]

    out = follow(MaskedReply(EOF, choose, results="utf-8"), result(EOF, [TEXT], [b"\x03abc"]))
    (column,) = seen
    assert (column.schema, column.table, column.column, column.name, column.codec) == (
        "s",
        "t",
        "secret",
        "secret",
        "utf-8",
    )
    assert column.flags == 1
    assert column.changed() in out
    assert column.payload not in out


def test_messages_of_errors() -> None:
    def hide(number: int) -> str | None:
        return "hidden" if number == 1062 else None

    for number, says in ((1062, b"hidden"), (1064, b"near 'x'")):
        reply = MaskedReply(EOF, lambda _n, _c: (), message=hide, results="utf-8")
        assert follow(reply, error(1, number, "42000", "near 'x'")).endswith(says)


def test_a_mask_that_fails_shows_nothing() -> None:
    def broken(_cell: bytes | None) -> bytes | None:
        raise RuntimeError

    assert b"\x01\0\0\x04\xfb" in follow(masked(EOF, [broken]), result(EOF, [TEXT], [b"\x03abc"]))
    row = encoder([NUMBER], binary=True)([[b"7"]])
    out = follow(masked(EOF, [lambda _c: b"no number"], binary=True), result(EOF, [NUMBER], row))
    assert b"\0\x04" in out
    assert row[0] not in out


@BOTH
def test_a_cursor_keeps_its_masks(dialect: Dialect) -> None:
    reply = masked(dialect, [star], binary=True)
    head = result(dialect, [TEXT], [], status=2 | 0x40)
    if not dialect.deprecate_eof:  # the EOF after the definitions is the end
        head = head[: -len(end_of_rows(4, dialect, 2))]
    follow(reply, head)
    assert reply.cursor is not None
    rows = packet(1, encoder([TEXT], binary=True)([[b"abc"]])[0]) + end_of_rows(2, dialect, 2 | 0x80)
    assert b"***" in follow(MaskedFetch(dialect, reply.cursor, message=None), rows)


def test_a_row_of_several_packets() -> None:
    big = b"a" * (MAX_CHUNK + 10)
    row = encoder([TEXT, TEXT], binary=False)([[b"abc", big]])[0]
    data = result(EOF, [TEXT, TEXT], [])
    head, end = data[: -len(end_of_rows(5, EOF, 2))], end_of_rows(7, EOF, 2)
    out = follow(masked(EOF, [lambda _c: b"longer than it was", None]), head + packet(5, row) + end)
    body = out[len(head) :]
    assert b"abc" not in body
    assert out.count(b"a") - head.count(b"a") >= len(big)
    assert [frame[3] for frame in Frames().feed(out)] == list(range(1, 8))


def test_local_infile_and_nonsense() -> None:
    for payload in (b"\xfbfile", b"", b"\x01"):
        with pytest.raises(ProtocolError):
            follow(masked(EOF, [star]), packet(1, payload) + packet(2, b"\x01"))
