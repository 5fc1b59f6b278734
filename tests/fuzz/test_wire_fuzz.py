"""Whatever the two sides send: the readers lose nothing, end, and raise nothing but ProtocolError."""

import contextlib
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.wire.capabilities import Dialect
from proxy.wire.commands import WATCHED_STATEMENTS, Command, CommandReader
from proxy.wire.definitions import parse_column
from proxy.wire.ends import rewrite_end
from proxy.wire.errors import ProtocolError
from proxy.wire.marker import Marker
from proxy.wire.packets import Frames
from proxy.wire.parameters import ParameterType, execute_parameters, text_position
from proxy.wire.reply import PrepareReply, Reply
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, end, err, ok, packets, result
from tests.proxy.wire.test_marker import NAMES, STATE, answer, nonce_of

dialects = st.sampled_from(list(DIALECTS.values()))
sequences = st.one_of(st.just(0), st.integers(0, 255), st.sampled_from([1, 254, 255]))
payloads = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda code, rest: bytes([code]) + rest, st.sampled_from(sorted(WATCHED_STATEMENTS)), st.binary(max_size=40)
    ),
)
streams = st.lists(st.builds(frame, sequences, payloads), max_size=12).map(b"".join)
cuts = st.lists(st.integers(0, 600), max_size=12)


def chunks(stream: bytes, at: list[int]) -> Iterator[bytes]:
    ends = sorted({cut for cut in at if cut < len(stream)} | {len(stream)})
    for begin, stop in zip([0, *ends], ends, strict=False):
        yield stream[begin:stop]


def mutated(data: bytes, seed: int) -> bytes:
    """A few bytes changed, added or taken away."""
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        change = chance.randrange(4)
        if change == 0:
            out[at:at] = chance.randbytes(chance.randint(1, 4))
        elif change == 1:
            del out[at : at + chance.randint(1, 4)]
        elif at < len(out):
            out[at] = chance.choice([0, 1, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF, chance.randrange(256)])
    return bytes(out)


# --- commands


@given(streams, st.binary(max_size=20), cuts)
def test_nothing_is_lost(stream: bytes, tail: bytes, at: list[int]) -> None:
    """What comes out is what went in, in order; what is kept back is the beginning of one watched command."""
    stream += tail
    reader = CommandReader()
    out = [piece for chunk in chunks(stream, at) for piece in reader.feed(chunk)]
    joined = b"".join(piece if isinstance(piece, bytes) else piece.raw for piece in out)
    assert stream.startswith(joined)
    kept = stream[len(joined) :]
    assert len(kept) < 5 or kept[4] in WATCHED_STATEMENTS
    assert all(piece.code in WATCHED_STATEMENTS and piece.raw[3] == 0 for piece in out if isinstance(piece, Command))


@given(streams, cuts)
def test_chunks_make_no_difference(stream: bytes, at: list[int]) -> None:
    whole = [piece for piece in CommandReader().feed(stream) if isinstance(piece, Command)]
    reader = CommandReader()
    cut = [piece for chunk in chunks(stream, at) for piece in reader.feed(chunk) if isinstance(piece, Command)]
    assert cut == whole


@given(st.binary(max_size=300), cuts)
def test_random_bytes_are_some_commands(stream: bytes, at: list[int]) -> None:
    reader = CommandReader()
    with contextlib.suppress(ProtocolError):
        for chunk in chunks(stream, at):
            reader.feed(chunk)


# --- replies


@given(streams, cuts)
def test_frames_lose_nothing(stream: bytes, at: list[int]) -> None:
    frames = Frames()
    assert [f for chunk in chunks(stream, at) for f in frames.feed(chunk)] == Frames().feed(stream)


def replies(dialect: Dialect) -> list[bytes]:
    rows = [(b"1", None), (b"x" * 300, b"")]
    return [
        b"".join(packets([ok(affected=300, warnings=2)])),
        b"".join(packets([err()])),
        b"".join(packets(result(dialect, [b"a", b"b"], rows))),
        b"".join(packets([*result(dialect, [b"a", b"b"], rows, status=0x0A), ok()])),
        b"".join(packets(result(dialect, [b"a", b"b"], rows, err(1317)))),
        b"".join(packets(result(dialect, NAMES, [(b"n" * 16, *STATE)]))),
    ]


@given(dialects, st.integers(0, 5), st.integers(0, 2**32), st.sampled_from([0, 1, 100]))
@settings(max_examples=400)
def test_mutated_replies(dialect: Dialect, which: int, seed: int, decode: int) -> None:
    stream = mutated(replies(dialect)[which], seed)
    reply, prepared = Reply(dialect, decode=decode), PrepareReply(dialect)
    for follower in (reply, prepared):
        with contextlib.suppress(ProtocolError):
            for packet in Frames().feed(stream):
                if follower.feed(packet):
                    break
    assert reply.summary.row_count <= len(stream)
    assert len(reply.summary.rows) <= decode


@given(dialects, st.lists(st.binary(max_size=30), min_size=1, max_size=8))
def test_random_replies(dialect: Dialect, random_payloads: list[bytes]) -> None:
    for follower in (Reply(dialect, decode=5), PrepareReply(dialect)):
        with contextlib.suppress(ProtocolError):
            for packet in packets(random_payloads):
                if follower.feed(packet):
                    break


@given(dialects, st.binary(max_size=60))
def test_random_definitions_and_ends(dialect: Dialect, payload: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse_column(payload, dialect)
    with contextlib.suppress(ProtocolError):
        rewritten = rewrite_end(frame(3, b"\xfe" + payload), dialect, clear=1, warnings=5)
        assert len(rewritten) == len(payload) + 5


@given(dialects)
def test_rewriting_twice_is_rewriting_once(dialect: Dialect) -> None:
    last = frame(9, end(dialect, 0x2003, 4))
    once = rewrite_end(last, dialect, clear=0x2001, warnings=7)
    assert rewrite_end(once, dialect, clear=0x2001, warnings=7) == once


# --- the marker


@given(dialects, st.binary(max_size=3000), cuts, st.booleans())
@settings(max_examples=200)
def test_marker_behind_anything(dialect: Dialect, before: bytes, at: list[int], probed: bool) -> None:
    marker = Marker(dialect)
    stream = before + answer(marker, dialect)
    if probed:
        number = int.from_bytes(marker.probe()[5:9], "little")
        stream += frame(1, err(1243, b"Unknown prepared statement handler (%d)" % number))
    got = b"".join(marker.feed(chunk) for chunk in chunks(stream, at))
    assert got == before
    assert marker.done
    assert marker.summary.rows == [(nonce_of(marker), *STATE)]


@given(dialects, st.binary(max_size=200), st.integers(0, 2**32), cuts, st.booleans())
@settings(max_examples=400)
def test_marker_of_a_mutated_answer(dialect: Dialect, before: bytes, seed: int, at: list[int], probed: bool) -> None:
    """A nonce that arrives damaged is not found; nothing else happens."""
    marker = Marker(dialect)
    stream = before + mutated(answer(marker, dialect), seed)
    if probed:
        number = int.from_bytes(marker.probe()[5:9], "little")
        stream += mutated(frame(1, err(1243, b"Unknown prepared statement handler (%d)" % number)), seed)
    got = b""
    with contextlib.suppress(ProtocolError):
        for chunk in chunks(stream, at):
            if marker.done:  # what comes then is nobody's any more, and is not fed
                break
            got += marker.feed(chunk)
        assert stream.startswith(got + marker.unclaimed())


# --- parameters


@given(
    st.binary(max_size=120),
    st.integers(0, 20),
    st.booleans(),
    st.lists(st.builds(ParameterType, st.integers(0, 255), st.booleans()), max_size=20),
    st.dictionaries(st.integers(0, 20), st.binary(max_size=5), max_size=3),
)
@settings(max_examples=500)
def test_random_executions(
    body: bytes, count: int, attributes: bool, known: list[ParameterType], long_data: dict[int, bytes]
) -> None:
    with contextlib.suppress(ProtocolError):
        values, types = execute_parameters(body, count, attributes, known, long_data)
        assert len(values) == count
        assert len(types) >= count


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=500)
def test_mutated_executions(seed: int, attributes: bool) -> None:
    good = bytes.fromhex("0700000000 01000000 00 01 fd00 0c00 0500 0b00".replace(" ", ""))
    good += b"\5hello" + b"\x0b" + bytes(11) + bytes(8) + b"\x0c" + bytes(12)
    with contextlib.suppress(ProtocolError):
        execute_parameters(mutated(good, seed), 4, attributes, [], {})


@given(st.binary(max_size=120))
@settings(max_examples=300)
def test_random_query_attributes(body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert 0 < text_position(body, attributes=True) <= len(body)


@pytest.mark.parametrize("count", [b"\xfc\xff\xff", b"\xfd\xff\xff\xff", b"\xfe" + b"\xff" * 8])
def test_a_count_that_lies_costs_nothing(count: bytes) -> None:
    with pytest.raises(ProtocolError):
        text_position(count + b"\1" + bytes(1000), attributes=True)
