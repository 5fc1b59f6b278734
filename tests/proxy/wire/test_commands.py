"""Where commands begin, however the bytes arrive."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from proxy.wire.commands import MAX_WATCHED, WATCHED_STATEMENTS, Com, Command, CommandReader
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import MAX_CHUNK, packet
from tests.proxy.wire.peers import frame

QUERY = frame(0, b"\x03SELECT 1")
PING = frame(0, b"\x0e")
USE = frame(0, b"\x02shop")


def pieces(chunks: Iterable[bytes], reader: CommandReader | None = None) -> list[bytes | Command]:
    """What comes out, with neighbouring relayed bytes joined."""
    reader = reader or CommandReader()
    out: list[bytes | Command] = []
    for chunk in chunks:
        for piece in reader.feed(chunk):
            if isinstance(piece, bytes) and out and isinstance(out[-1], bytes):
                out[-1] += piece
            else:
                out.append(piece)
    return out


def single_bytes(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + 1] for at in range(len(stream)))


def cut_in_two(stream: bytes) -> Iterator[tuple[bytes, bytes]]:
    return ((stream[:at], stream[at:]) for at in range(len(stream) + 1))


def assert_always(stream: bytes, expected: list[bytes | Command]) -> None:
    assert pieces([stream]) == expected
    assert pieces(single_bytes(stream)) == expected
    assert all(pieces(parts) == expected for parts in cut_in_two(stream))


def test_a_command_is_whole_with_its_header() -> None:
    (command,) = pieces([QUERY])
    assert isinstance(command, Command)
    assert (command.raw, command.code, command.body) == (QUERY, Com.QUERY, b"SELECT 1")


def test_watched_and_unwatched_commands_in_order() -> None:
    assert_always(QUERY + PING + PING + USE + PING, [Command(QUERY), PING + PING, Command(USE), PING])


@pytest.mark.parametrize("code", sorted(WATCHED_STATEMENTS))
def test_every_watched_command(code: int) -> None:
    stream = frame(0, bytes([code]) + b"1234567")
    assert_always(PING + stream + PING, [PING, Command(stream), PING])


@pytest.mark.parametrize("code", sorted(set(range(256)) - WATCHED_STATEMENTS))
def test_every_other_command_passes(code: int) -> None:
    stream = frame(0, bytes([code]) + b"1234567")
    assert pieces([stream + QUERY]) == [stream, Command(QUERY)]


def test_empty_packets_pass() -> None:
    empty = frame(0, b"")
    assert_always(empty + QUERY + empty + empty + USE, [empty, Command(QUERY), empty + empty, Command(USE)])


def local_file(parts: int) -> bytes:
    """The file of LOCAL INFILE: packets from sequence id 2, an empty one at the end; the ids wrap."""
    return b"".join(frame((2 + n) & 0xFF, b"\x03SELECT 1") for n in range(parts)) + frame((2 + parts) & 0xFF, b"")


@pytest.mark.parametrize("parts", [0, 1, 253, 254, 255, 256, 509, 510, 511, 1000])
def test_local_infile_holds_no_commands(parts: int) -> None:
    load = frame(0, b"\x03LOAD DATA LOCAL INFILE 'x' INTO TABLE t")
    stream = load + local_file(parts) + QUERY
    expected = [Command(load), local_file(parts), Command(QUERY)]
    assert pieces([stream]) == expected
    assert pieces(single_bytes(stream)) == expected


def test_an_empty_file_ends_at_the_wrap() -> None:
    """The empty packet that ends the file may itself carry the id 0; the next id 0 is a command again."""
    parts = 254
    assert local_file(parts)[-4:] == b"\0\0\0\0"
    assert pieces([local_file(parts) + QUERY]) == [local_file(parts), Command(QUERY)]


@pytest.mark.parametrize("rest", [0, 1, 100])
def test_a_command_of_16_mib_passes_with_its_parts(rest: int) -> None:
    large = packet(0, b"\x03" + b"x" * (MAX_CHUNK - 1 + rest))
    stream = large + QUERY
    assert pieces([stream]) == [large, Command(QUERY)]
    cuts = sorted({0, 1, 4, 5, MAX_CHUNK, MAX_CHUNK + 3, MAX_CHUNK + 4, MAX_CHUNK + 5, MAX_CHUNK + 8, len(stream)})
    assert pieces(stream[a:b] for a, b in pairwise(cuts)) == [large, Command(QUERY)]


def test_parts_of_a_large_command_wrap_too() -> None:
    """256 parts of 16 MiB, given as headers and small pieces of the same zero bytes."""
    reader = CommandReader()
    chunk = bytes(MAX_CHUNK)
    for number in range(257):
        assert all(isinstance(p, bytes) for p in reader.feed(b"\xff\xff\xff" + bytes([number & 0xFF])))
        first = b"\x03" + chunk[1:] if number in (0, 256) else chunk
        assert reader.feed(first) == [first] or number == 0
    assert reader.feed(frame(1, b"end")) == [frame(1, b"end")]
    assert reader.feed(QUERY) == [Command(QUERY)]


def test_a_long_command_is_relayed_as_it_arrives() -> None:
    longest = frame(0, b"\x03" + b"x" * (MAX_WATCHED - 1))
    longer = frame(0, b"\x03" + b"x" * MAX_WATCHED)
    assert pieces([longest]) == [Command(longest)]
    reader = CommandReader()
    assert reader.feed(longer[:100]) == [longer[:100]]
    assert reader.feed(longer[100:]) == [longer[100:]]
    assert reader.at_boundary


def test_a_change_of_user_is_never_passed_unseen() -> None:
    with pytest.raises(ProtocolError) as error:
        CommandReader().feed(frame(0, b"\x11" + b"x" * MAX_WATCHED))
    assert error.value.number == 1153


def test_boundary() -> None:
    reader = CommandReader()
    assert reader.at_boundary
    for at in range(1, len(PING)):
        reader = CommandReader()
        reader.feed(PING[:at])
        assert not reader.at_boundary
    reader.feed(PING[at:])
    assert reader.at_boundary
    reader.feed(frame(2, b"file"))
    assert not reader.at_boundary  # more of the file follows
    reader.feed(frame(3, b""))
    assert reader.at_boundary
