"""The packet that ends a reply or its rows."""

import pytest

from proxy.wire.capabilities import Dialect
from proxy.wire.ends import ends_rows, rewrite_end, status_numbers
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import MAX_CHUNK
from tests.proxy.wire.peers import frame
from tests.proxy.wire.replies import DIALECTS, end, ok, row


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def test_the_end_of_rows_is_no_row(dialect: Dialect) -> None:
    assert ends_rows(end(dialect), dialect)
    assert not ends_rows(row([b"1"]), dialect)
    assert not ends_rows(b"", dialect)
    # A value of 16 MiB and more begins like the end: its length tells.
    assert not ends_rows((b"\xfe" + bytes(MAX_CHUNK))[:MAX_CHUNK], dialect)
    assert ends_rows(b"\xfe" + bytes(8), dialect) is dialect.deprecate_eof


def test_numbers_are_read_or_refused_where_they_end_too_early(dialect: Dialect) -> None:
    for payload in (end(dialect, 0x2003, 9), ok(0x2003, affected=300, inserted=1 << 40, warnings=9)):
        assert status_numbers(payload, dialect) == (0x2003, 9)
        for size in range(1, len(payload)):
            with pytest.raises(ProtocolError):
                status_numbers(payload[:size], dialect)


def test_rewritten_end(dialect: Dialect) -> None:
    tail = b"" if not dialect.deprecate_eof else b"\3msg\2\0\0"
    old = frame(7, end(dialect, 0x2003, 9) + tail)
    new = rewrite_end(old, dialect, clear=0x2001, warnings=70000)
    assert new == frame(7, end(dialect, 0x0002, 0xFFFF) + tail)


def test_rewritten_ok_with_large_counts(dialect: Dialect) -> None:
    old = frame(1, ok(3, affected=1 << 40, inserted=300, warnings=1))
    assert rewrite_end(old, dialect, clear=1, warnings=0) == frame(1, ok(2, affected=1 << 40, inserted=300))
