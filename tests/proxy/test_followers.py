import pytest

from proxy.followers import Decoding, OnePacket, Prepare
from proxy.wire.capabilities import Dialect
from proxy.wire.errors import ProtocolError
from proxy.wire.masking import MaskedReply
from proxy.wire.reply import Reply
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, definition, end, err, ok, packets, result

DIALECT = DIALECTS["deprecate_eof"]


def test_one_packet() -> None:
    follower = OnePacket()
    packet = frame(1, ok())
    assert follower.feed(packet)
    assert follower.take() == packet
    assert follower.take() == b""


@pytest.mark.parametrize("last", [end(DIALECTS["classic"]), err()])
def test_the_columns_of_a_table(last: bytes) -> None:
    follower = OnePacket(fields=True)
    sent = packets([definition(DIALECT, b"a"), definition(DIALECT, b"b"), last])
    assert [follower.feed(packet) for packet in sent] == [False, False, True]
    assert follower.take() == b"".join(sent)


def prepared(columns: int, parameters: int) -> bytes:
    return (
        b"\0" + (7).to_bytes(4, "little") + columns.to_bytes(2, "little") + parameters.to_bytes(2, "little") + b"\0\0\0"
    )


def test_a_prepared_statement() -> None:
    follower = Prepare(DIALECT)
    sent = packets([prepared(1, 2), *(definition(DIALECT, name) for name in (b"a", b"b", b"c"))])
    assert [follower.feed(packet) for packet in sent] == [False, False, False, True]
    assert follower.take() == b"".join(sent)
    assert (follower.reply.statement_id, follower.reply.error) == (7, None)


def test_a_statement_that_cannot_be_prepared() -> None:
    follower = Prepare(DIALECT)
    assert follower.feed(frame(1, err()))
    assert follower.reply.error is not None
    assert follower.take() == frame(1, err())


def masked(keep: bool, dialect: Dialect = DIALECT) -> tuple[Decoding, Reply]:
    reply = Reply(dialect, decode=10)
    inner = MaskedReply(dialect, lambda _number, columns: [lambda _cell: b"***"] * len(columns), results="utf-8")
    return Decoding(inner, reply, keep=keep), reply


@pytest.mark.parametrize("keep", [True, False])
def test_a_reply_is_followed_as_it_was_changed(keep: bool) -> None:
    follower, reply = masked(keep)
    sent = packets(result(DIALECT, [b"a"], [[b"secret"], [b"another"]]))
    assert [follower.feed(packet) for packet in sent] == [False] * (len(sent) - 1) + [True]
    assert reply.done
    assert reply.summary.rows == [(b"***",), (b"***",)]
    kept = follower.take()
    assert len(kept) == (len(sent) if keep else 0)
    assert b"secret" not in b"".join(kept)
    assert follower.take() == []


def test_a_reply_that_breaks_the_protocol() -> None:
    follower, _ = masked(keep=True)
    with pytest.raises(ProtocolError):
        follower.feed(frame(1, b"\xfb/etc/passwd"))
    assert follower.take() == []
