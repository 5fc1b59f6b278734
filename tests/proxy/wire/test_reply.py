"""Replies of the upstream, packet by packet."""

import struct
from collections.abc import Sequence

import pytest

from proxy.wire.capabilities import Dialect
from proxy.wire.ends import MORE_RESULTS
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import MAX_CHUNK, Frames, packet
from proxy.wire.reply import PrepareReply, Reply
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, definition, end, err, ok, packets, result, row

ROWS = [(b"1", None), (b"", b"\xfe" * 20), (b"\xfb", b"x" * 70000)]


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def read(dialect: Dialect, payloads: Sequence[bytes], decode: int = 100) -> Reply:
    """All packets, of which only the last one ends the reply."""
    reply = Reply(dialect, decode=decode)
    ends = [reply.feed(data) for data in packets(payloads)]
    assert ends == [False] * (len(payloads) - 1) + [True]
    assert reply.done
    return reply


def test_ok(dialect: Dialect) -> None:
    summary = read(dialect, [ok(0x4003, affected=300, inserted=70000, warnings=2) + b"\5hello"]).summary
    assert (summary.status, summary.warnings, summary.affected_rows) == (0x4003, 2, 300)
    assert summary.error is None


def test_error(dialect: Dialect) -> None:
    error = read(dialect, [err(1146, b"no such table")]).summary.error
    assert error is not None
    assert (error.number, error.sqlstate, error.message) == (1146, "42000", b"no such table")


def test_result_set(dialect: Dialect) -> None:
    summary = read(dialect, result(dialect, [b"a", b"b"], ROWS, end(dialect, 0x22, 7))).summary
    assert summary.rows == ROWS
    assert summary.row_count == 3
    assert (summary.status, summary.warnings) == (0x22, 7)
    assert [(c.schema, c.table, c.name, c.character_set, c.type) for c in summary.columns] == [
        (b"shop", b"orders", name, 45, 0xFD) for name in (b"a", b"b")
    ]


def test_empty_result_set(dialect: Dialect) -> None:
    summary = read(dialect, result(dialect, [b"a"], [])).summary
    assert (summary.row_count, summary.rows) == (0, [])


@pytest.mark.parametrize("columns", [1, 250, 251, 1000])
def test_many_columns(dialect: Dialect, columns: int) -> None:
    names = [b"c%d" % n for n in range(columns)]
    values = tuple(b"%d" % n for n in range(columns))
    summary = read(dialect, result(dialect, names, [values])).summary
    assert summary.rows == [values]
    assert [c.name for c in summary.columns] == names


def test_more_rows_than_sequence_ids(dialect: Dialect) -> None:
    rows = [(b"%d" % n,) for n in range(1000)]
    summary = read(dialect, result(dialect, [b"a"], rows), decode=10).summary
    assert summary.rows == rows[:10]
    assert summary.row_count == 1000


def test_nothing_is_decoded_unless_asked(dialect: Dialect) -> None:
    """Binary rows look otherwise, and nobody reads them here."""
    binary = [b"\0\xff\xff", b"\0\0\x05hello"]
    payloads = result(dialect, [b"a"], [])
    summary = read(dialect, [*payloads[:-1], *binary, payloads[-1]], decode=0).summary
    assert (summary.columns, summary.rows, summary.row_count) == ([], [], 2)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_error_after_rows(dialect: Dialect, rows: int) -> None:
    summary = read(dialect, result(dialect, [b"a"], [(b"x",)] * rows, err(1317))).summary
    assert summary.row_count == rows
    assert summary.error is not None
    assert summary.error.number == 1317


def test_multi_results(dialect: Dialect) -> None:
    more = 2 | MORE_RESULTS
    first = result(dialect, [b"a"], [(b"1",)], status=more)
    summary = read(dialect, [*first, ok(more, affected=5), *result(dialect, [b"b"], [])]).summary
    assert summary.status == 2
    assert summary.row_count == 1
    assert read(dialect, [*first, err()]).summary.error is not None


def large(size: int) -> bytes:
    """A value whose row, length prefix included, is ``size`` bytes long."""
    return b"v" * (size - (4 if size - 4 < 1 << 24 else 9))


@pytest.mark.parametrize("size", [MAX_CHUNK - 1, MAX_CHUNK, MAX_CHUNK + 1, 2 * MAX_CHUNK, 2 * MAX_CHUNK + 1])
def test_rows_of_16_mib(size: int) -> None:
    dialect = DIALECTS["mariadb"]
    payloads = result(dialect, [b"a"], [(b"before",)])
    value = large(size)
    assert len(row([value])) == size
    rows = packet(5, row([value])) + packet(9, row([b"after"]))
    stream = b"".join(packets(payloads[:-1])) + rows + packet(1, payloads[-1])
    reply = Reply(dialect, decode=10)
    ends = [reply.feed(data) for data in Frames().feed(stream)]
    assert ends == [False] * (len(ends) - 1) + [True]
    assert reply.summary.rows == [(b"before",), (value,), (b"after",)]
    assert reply.summary.row_count == 3


def test_a_long_row_that_begins_like_an_end(dialect: Dialect) -> None:
    """A value of 16 MiB has the length prefix 0xFE, which is also the head of EOF."""
    payloads = result(dialect, [b"a"], [])
    value = b"v" * (1 << 24)
    reply = Reply(dialect, decode=1)
    stream = b"".join(packets(payloads[:-1])) + packet(9, row([value])) + packet(1, payloads[-1])
    assert [reply.feed(data) for data in Frames().feed(stream)][-1]
    assert reply.summary.rows == [(value,)]


@pytest.mark.parametrize("payload", [b"", b"\xfbfile.csv"])
def test_what_nobody_asked_for(dialect: Dialect, payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        Reply(dialect).feed(frame(1, payload))


def test_nothing_after_the_end(dialect: Dialect) -> None:
    reply = read(dialect, [ok()])
    with pytest.raises(ProtocolError):
        reply.feed(frame(2, ok()))


def test_truncated_packets_are_no_reply(dialect: Dialect) -> None:
    """Every prefix of every packet is read, or refused as a protocol error; nothing else."""
    payloads = result(dialect, [b"a", b"b"], ROWS[:2], end(dialect, 2, 1))
    refused = 0
    for index, payload in enumerate(payloads):
        for size in range(len(payload)):
            reply = Reply(dialect, decode=10)
            try:
                for data in packets([*payloads[:index], payload[:size], *payloads[index + 1 :]]):
                    if reply.feed(data):
                        break
            except ProtocolError:
                refused += 1
    assert refused > 50


@pytest.mark.parametrize("payload", [ok(2)[:3], b"\xff", b"\xff\x01", b"\xfc\x01", b"\xff\x10"])
def test_truncated_first_packets(dialect: Dialect, payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        Reply(dialect).feed(frame(1, payload))


# --- COM_STMT_PREPARE


@pytest.mark.parametrize("columns", [0, 1, 3])
@pytest.mark.parametrize("parameters", [0, 1, 3])
def test_prepare_reply(dialect: Dialect, columns: int, parameters: int) -> None:
    payloads = [b"\0" + struct.pack("<IHHBH", 77, columns, parameters, 0, 0)]
    for count in (parameters, columns):
        payloads += [definition(dialect, b"?")] * count
        if count and not dialect.deprecate_eof:
            payloads.append(end(dialect))
    reply = PrepareReply(dialect)
    assert [reply.feed(data) for data in packets(payloads)] == [False] * (len(payloads) - 1) + [True]
    assert (reply.statement_id, reply.error, reply.done) == (77, None, True)


def test_prepare_refused(dialect: Dialect) -> None:
    reply = PrepareReply(dialect)
    assert reply.feed(frame(1, err(1295)))
    assert reply.error is not None
    assert reply.error.number == 1295


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0" * 8, b"\1" + b"\0" * 11, b"\xff\1"])
def test_prepare_reply_malformed(dialect: Dialect, payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        PrepareReply(dialect).feed(frame(1, payload))
