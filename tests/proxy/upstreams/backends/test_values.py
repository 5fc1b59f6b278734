"""Python values as MySQL's text."""

import ipaddress
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from proxy.upstreams.backends.values import cell


class Price(Decimal):
    """A driver's own kind of number."""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, b"1"),
        (False, b"0"),
        (-(1 << 70), b"-1180591620717411303424"),
        (0.1, b"0.1"),
        (1e300, b"1e+300"),
        (float("inf"), b"Infinity"),
        (float("-inf"), b"-Infinity"),
        (float("nan"), b"NaN"),
        (Decimal("1.50"), b"1.50"),
        (Decimal("1E+5"), b"100000"),
        (Decimal("1E-10"), b"0.0000000001"),
        (Decimal("NaN"), None),
        (Price("2.5"), b"2.5"),
        ("é\ud800", "é?".encode()),
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        (date(2026, 1, 31), b"2026-01-31"),
        (date(1, 1, 1), b"0001-01-01"),
        (datetime(2026, 1, 31, 12), b"2026-01-31 12:00:00"),
        (datetime(2026, 1, 31, 12, 0, 0, 5), b"2026-01-31 12:00:00.000005"),
        (datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2))), b"2026-01-31 12:00:00"),
        (time(1, 2, 3), b"01:02:03"),
        (timedelta(days=2, hours=3, seconds=4), b"51:00:04"),
        (timedelta(seconds=-1, microseconds=-500_000), b"-00:00:01.500000"),
        (UUID(int=1), b"00000000-0000-0000-0000-000000000001"),
        ({"a": [1, None, "é"], "b": date(2026, 1, 31)}, '{"a": [1, null, "é"], "b": "2026-01-31"}'.encode()),
        ([b"x", Decimal("1.5")], b'["x", "1.5"]'),
        (ipaddress.ip_address("10.0.0.1"), b"10.0.0.1"),
    ],
)
def test_cell(value: Any, text: bytes | None) -> None:
    assert cell(value) == text
