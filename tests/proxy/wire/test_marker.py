"""Finding the moment at which the upstream is idle, whatever came before it."""

import random
import re

import pytest

from proxy.wire.capabilities import Dialect
from proxy.wire.errors import ProtocolError
from proxy.wire.marker import COLUMNS, WINDOW, Marker
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, end, err, ok, packets, result

STATE = (b"app@%", b"shop", b"utf8mb4", None, b"0")
NAMES = [b"a", b"b", b"c", b"d", b"e", b"f"]


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def nonce_of(marker: Marker) -> bytes:
    found = re.search(r"x'([0-9a-f]{32})'", marker.question)
    assert found is not None
    return bytes.fromhex(found[1])


def answer(marker: Marker, dialect: Dialect, nonce: bytes | None = None) -> bytes:
    row = (nonce or nonce_of(marker), *STATE)
    return b"".join(packets(result(dialect, NAMES, [row], end(dialect, 3))))


def unknown(statement: int) -> bytes:
    message = b"Unknown prepared statement handler (%d) given to mysqld_stmt_reset" % statement
    return frame(1, err(1243, message))


def probe_id(probe: bytes) -> int:
    assert probe[:5] == b"\5\0\0\0\x1a"
    return int.from_bytes(probe[5:9], "little")


def assert_found(marker: Marker, got: bytes, before: bytes) -> None:
    assert got == before
    assert marker.done
    assert marker.error is None
    assert marker.summary.rows == [(nonce_of(marker), *STATE)]
    assert marker.summary.status == 3


def test_an_idle_upstream(dialect: Dialect) -> None:
    marker = Marker(dialect)
    assert_found(marker, marker.feed(answer(marker, dialect)), b"")


def test_every_marker_asks_another_number() -> None:
    assert len({Marker(DIALECTS["classic"]).question for _ in range(100)}) == 100


@pytest.mark.parametrize("size", [0, 1, 7, WINDOW - 1, WINDOW, WINDOW + 1, 100_000])
def test_behind_random_bytes(dialect: Dialect, size: int) -> None:
    before = random.Random(size).randbytes(size)
    marker = Marker(dialect)
    assert_found(marker, marker.feed(before + answer(marker, dialect)), before)


def test_cut_anywhere(dialect: Dialect) -> None:
    before = b"".join(packets(result(dialect, NAMES, [(b"x",) * 6] * 3))) + frame(1, ok())
    probe = Marker(dialect)
    for cut in range(len(before + answer(probe, dialect)) + 1):
        marker = Marker(dialect)
        stream = before + answer(marker, dialect)
        assert_found(marker, marker.feed(stream[:cut]) + marker.feed(stream[cut:]), before)


def test_byte_by_byte(dialect: Dialect) -> None:
    before = random.Random(1).randbytes(3 * WINDOW)
    marker = Marker(dialect)
    stream = before + answer(marker, dialect)
    assert_found(marker, b"".join(marker.feed(stream[at : at + 1]) for at in range(len(stream))), before)


def test_nothing_is_held_back_for_good(dialect: Dialect) -> None:
    """While a large reply passes, no more than the window is kept."""
    marker = Marker(dialect)
    passed = sum(len(marker.feed(b"x" * 6000)) for _ in range(100))
    assert passed == 600_000 - WINDOW
    assert marker.unclaimed() == b"x" * WINDOW
    assert marker.unclaimed() == b""


@pytest.mark.parametrize("imitation", ["another_number", "headers", "prefix", "unfinished"])
def test_behind_an_imitation(dialect: Dialect, imitation: str) -> None:
    """What a user can select looks like the answer, but for the number."""
    marker = Marker(dialect)
    real = answer(marker, dialect)
    fakes = {
        "another_number": answer(marker, dialect, bytes(16)),
        "headers": bytes([1, 0, 0, 1, COLUMNS]) * 400,
        "prefix": real[: real.index(nonce_of(marker))],
        "unfinished": real[: real.index(nonce_of(marker)) + 8],  # more could meet the real one by chance
    }
    before = fakes[imitation]
    assert_found(marker, marker.feed(before + real), before)


def test_a_reply_that_ends_inside_the_window_of_many(dialect: Dialect) -> None:
    before = b"".join(b"".join(packets([ok()])) for _ in range(1000))
    marker = Marker(dialect)
    assert_found(marker, marker.feed(before + answer(marker, dialect)), before)


def test_the_probe_answers_too(dialect: Dialect) -> None:
    """The upstream was only slow: both are answered, in whatever pieces."""
    for cut in range(200):
        marker = Marker(dialect)
        first = answer(marker, dialect)
        got = marker.feed(b"before" + first[:cut]) if cut < len(first) else b""
        stream = first[cut:] if cut < len(first) else b"before" + first
        stream += unknown(probe_id(marker.probe()))
        for at in range(0, len(stream), 11):
            assert not marker.done
            got += marker.feed(stream[at : at + 11])
        assert_found(marker, got, b"before")


def test_a_question_that_fails(dialect: Dialect) -> None:
    before = b"".join(packets(result(dialect, NAMES, [(b"\x01\xff\xdb\x04",) * 6])))
    refusal = frame(1, err(1226, b"User 'app' has exceeded the 'max_questions' resource (current value: 10)"))
    marker = Marker(dialect)
    got = marker.feed(before + refusal)
    assert not marker.done
    for byte in unknown(probe_id(marker.probe())):
        assert not marker.done
        got += marker.feed(bytes([byte]))
    assert got == before
    assert marker.done
    assert marker.error is not None
    assert marker.error.number == 1226


def test_earlier_errors_are_not_the_questions(dialect: Dialect) -> None:
    earlier = frame(1, err(1243, b"Unknown prepared statement handler (268435456)")) + frame(1, err(1064))
    marker = Marker(dialect)
    probe = probe_id(marker.probe())
    got = marker.feed(earlier + frame(1, err(1820, b"You must SET PASSWORD")) + unknown(probe))
    assert got == earlier
    assert marker.error is not None
    assert marker.error.number == 1820


def test_probe_is_a_packet_that_no_session_knows() -> None:
    ids = {probe_id(Marker(DIALECTS["classic"]).probe()) for _ in range(100)}
    assert len(ids) == 100
    assert all(0x10000000 <= number < 0x80000000 for number in ids)


def test_an_answer_that_goes_wrong() -> None:
    dialect = DIALECTS["mariadb"]
    marker = Marker(dialect)
    good = answer(marker, dialect)
    with pytest.raises(ProtocolError):
        marker.feed(good[: -len(frame(0, end(dialect, 3)))] + frame(8, b"\xff"))
