import pytest

from proxy.wire.errors import ProtocolError
from proxy.wire.packets import (
    MAX_CHUNK,
    EofPacket,
    ErrPacket,
    Frames,
    OkPacket,
    PacketReader,
    PayloadReader,
    err_packet_payload,
    length_encoded,
    length_encoded_bytes,
    packet,
    parse_eof,
    parse_err,
    parse_ok,
)
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import integer


def number(error: pytest.ExceptionInfo[ProtocolError]) -> tuple[int, str]:
    return error.value.number, error.value.sqlstate


def test_packet() -> None:
    assert packet(0, b"") == b"\0\0\0\0"
    assert packet(258, b"abc") == b"\3\0\0\2abc"


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_large_packets_there_and_back(over: int) -> None:
    payload = b"x" * (MAX_CHUNK + over)
    data = packet(255, payload)
    if over >= 0:
        after = 4 + MAX_CHUNK
        assert data[:4] == b"\xff\xff\xff\xff"
        assert data[after : after + 4] == bytes([over, 0, 0, 0])  # the sequence id wraps
    reader = PacketReader(max_size=1 << 25, expected_seq=255)
    reader.feed(data)
    assert list(reader) == [(0 if over >= 0 else 255, payload)]
    assert reader.buffered == 0


def test_byte_by_byte() -> None:
    data = packet(3, b"abc") + packet(4, b"") + packet(5, b"de")
    reader, got = PacketReader(expected_seq=3), []
    for byte in data:
        reader.feed(bytes([byte]))
        got += list(reader)
    assert got == [(3, b"abc"), (4, b""), (5, b"de")]


def test_missing_never_reaches_into_the_next_packet() -> None:
    data = packet(1, b"a" * 40) + b"\x16\x03\x01TLS"
    reader, position, got = PacketReader(), 0, None
    while got is None:
        step = min(reader.missing, 7)
        reader.feed(data[position : position + step])
        position += step
        got = reader.next_packet()
    assert got == (1, b"a" * 40)
    assert data[position:] == b"\x16\x03\x01TLS"
    assert reader.buffered == 0


def test_too_large_is_known_from_the_header() -> None:
    reader = PacketReader(max_size=10)
    reader.feed(b"\x0b\0\0\0")
    with pytest.raises(ProtocolError) as error:
        reader.next_packet()
    assert number(error) == (1153, "08S01")
    reader = PacketReader(max_size=MAX_CHUNK + 9)
    reader.feed(packet(0, b"x" * MAX_CHUNK)[: 4 + MAX_CHUNK] + b"\x0a\0\0\1")
    with pytest.raises(ProtocolError) as error:
        reader.next_packet()
    assert number(error) == (1153, "08S01")


def test_out_of_order() -> None:
    reader = PacketReader(expected_seq=1)
    reader.feed(packet(1, b"a") + packet(3, b"b"))
    assert reader.next_packet() == (1, b"a")
    with pytest.raises(ProtocolError) as error:
        reader.next_packet()
    assert number(error) == (1156, "08S01")


def test_parts_of_one_payload_out_of_order() -> None:
    reader = PacketReader(max_size=1 << 25)
    reader.feed(packet(9, b"free") + packet(7, b"x" * MAX_CHUNK)[: 4 + MAX_CHUNK] + packet(9, b"b"))
    assert reader.next_packet() == (9, b"free")
    with pytest.raises(ProtocolError) as error:
        reader.next_packet()
    assert number(error) == (1156, "08S01")


def test_free_sequence_ids_stay_free_after_a_long_payload() -> None:
    reader = PacketReader(max_size=1 << 25)
    reader.feed(packet(7, b"x" * MAX_CHUNK) + packet(200, b"b"))
    assert [seq for seq, _ in reader] == [8, 200]


def test_frames_however_they_arrive() -> None:
    stream_of = [frame(1, b""), frame(2, b"x" * 300), frame(255, b"y"), frame(0, b"")]
    stream = b"".join(stream_of)
    whole, by_byte = Frames(), Frames()
    assert whole.feed(stream) == stream_of
    assert [f for at in range(len(stream)) for f in by_byte.feed(stream[at : at + 1])] == stream_of
    for at in range(len(stream)):
        cut = Frames()
        assert cut.feed(stream[:at]) + cut.feed(stream[at:]) == stream_of


@pytest.mark.parametrize("value", [0, 1, 250, 251, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000, 2**63, 2**64 - 1])
def test_integers(value: int) -> None:
    data = b"?" + integer(value) + b"!"
    assert length_encoded(data, 1) == (value, len(data) - 1)
    for size in range(1, len(data) - 1):
        with pytest.raises(ProtocolError):
            length_encoded(data[:size], 1)


def test_null_and_no_integer() -> None:
    assert length_encoded(b"\xfb", 0) == (None, 1)
    assert length_encoded_bytes(b"\xfb", 0) == (None, 1)
    with pytest.raises(ProtocolError):
        length_encoded(b"\xff" + bytes(9), 0)


@pytest.mark.parametrize("size", [0, 250, 251, 65535, 65536])
def test_strings(size: int) -> None:
    data = integer(size) + b"x" * size
    assert length_encoded_bytes(data, 0) == (b"x" * size, len(data))
    if size:
        with pytest.raises(ProtocolError):
            length_encoded_bytes(data[:-1], 0)


def test_fields() -> None:
    reader = PayloadReader(b"\xfa\xfc\x34\x12\xfd\x56\x34\x12\xfe" + bytes(7) + b"\x01\x02ab\x03name\0rest")
    assert [reader.uint_len() for _ in range(4)] == [0xFA, 0x1234, 0x123456, 1 << 56]
    assert reader.str_len() == b"ab"
    assert reader.uint(1) == 3
    assert reader.str_null() == b"name"
    assert not reader.at_end
    assert reader.rest() == b"rest"
    assert reader.at_end
    assert reader.rest() == b""


@pytest.mark.parametrize(
    "payload", [b"", b"\xfb", b"\xff", b"\xfc\x01", b"\xfd\x01\x02", b"\xfe" + bytes(7), b"\x03ab"]
)
def test_truncated_fields(payload: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        PayloadReader(payload).str_len()
    assert number(error) == (1835, "HY000")


def test_strings_without_end() -> None:
    with pytest.raises(ProtocolError):
        PayloadReader(b"abc").str_null()
    with pytest.raises(ProtocolError):
        PayloadReader(b"abc").uint(4)


def test_ok() -> None:
    assert parse_ok(bytes.fromhex("00 fc e803 05 0240 0300") + b"info") == OkPacket(1000, 5, 0x4002, 3)
    assert parse_ok(bytes.fromhex("fe 00 00 0200 0000")) == OkPacket(0, 0, 2, 0)
    for broken in (b"", b"\x00", b"\x01\0\0\0\0\0\0", b"\x00\0\0\0\0\0"):
        with pytest.raises(ProtocolError):
            parse_ok(broken)


def test_eof() -> None:
    assert parse_eof(bytes.fromhex("fe 0100 2200")) == EofPacket(1, 0x22)
    for broken in (b"", b"\xfe\0\0", b"\x00\0\0\0\0"):
        with pytest.raises(ProtocolError):
            parse_eof(broken)


def test_err() -> None:
    assert parse_err(err_packet_payload(1045, "28000", "Nein, Jörg")) == ErrPacket(1045, "28000", "Nein, Jörg".encode())
    assert err_packet_payload(1040, None, "Too many") == b"\xff\x10\x04Too many"
    assert parse_err(b"\xff\x10\x04Too many") == ErrPacket(1040, None, b"Too many")
    assert parse_err(b"\xff\x10\x04#08") == ErrPacket(1040, None, b"#08")
    for broken in (b"", b"\xff\x10", b"\x00\x10\x04"):
        with pytest.raises(ProtocolError):
            parse_err(broken)
