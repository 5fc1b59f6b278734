"""Which statements are never kept, and what is read of replies of which only the beginning and the end were kept."""

from types import SimpleNamespace
from typing import Any

import pytest

from proxy.observed import Observed
from proxy.seen import MAX_TEXT, follow, holds_password, read
from proxy.wire.capabilities import Dialect
from proxy.wire.packets import packet

SECRETS = [
    "CREATE USER a IDENTIFIED BY 'x'",
    "create/*c*/user a",
    "ALTER USER a IDENTIFIED VIA ed25519 USING PASSWORD('x')",
    "SET PASSWORD = 'x'",
    "/*!50000 SET */ -- c\n PASSWORD\n='x'",
    "GRANT ALL ON *.* TO a IDENTIFIED WITH mysql_native_password AS '*0'",
    "SELECT 1; set password for a = 'x'",
    "SELECT PASSWORD('x')",
    "SELECT old_password('x')",
    "CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD='x'",
    "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD='x'",
    "START REPLICA USER='u' PASSWORD='x'",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD 'x')",
    "PREPARE p FROM 'SET PASSWORD = 1'",
    "UPDATE users SET password = 'x'",
    "SELECT PASSWORD/* c */ ('x')",
    "CREATE TABLE t (a INT) ENGINE=FEDERATED CONNECTION='mysql://u:x@h/d/t'",
    "ATTACH 'postgres:user=u password=x' AS p",
    "CREATE SECRET (TYPE s3, KEY_ID 'k', SECRET 'x')",
]
HARMLESS = [
    "SELECT id FROM users WHERE password IS NULL",
    "SELECT user, id FROM orders",
    "CREATE TABLE passwords (id INT)",
    "DELETE FROM users WHERE id = 1",
    "SELECT 'create', user FROM t",
    "SELECT id FROM users WHERE password IS NULL LIMIT 2 OFFSET 4",
    "SELECT 1 FROM t WHERE connection = 'mysql'",
]


@pytest.mark.parametrize("sql", SECRETS)
def test_never_kept(sql: str) -> None:
    assert holds_password(sql.encode())


@pytest.mark.parametrize("sql", HARMLESS)
def test_kept(sql: str) -> None:
    assert not holds_password(sql.encode())


OLD, NEW = Dialect(0), Dialect(1 << 24)
DEFINITION = packet(2, b"\x03def\0\0\0\x01a\0\x0c\x2d\0\x04\0\0\0\xfd\0\0\0\0\0")
EOF = b"\xfe\x00\x00\x02\x00"


def large(dialect: Dialect, end: bytes, rows: int = 1000) -> Observed:
    """A result set of which the beginning and the last bytes were kept."""
    head = packet(1, b"\x01") + DEFINITION + (b"" if dialect.deprecate_eof else packet(3, EOF))
    whole = head + b"".join(packet(4 + n & 0xFF, b"\x14" + b"x" * 20) for n in range(rows)) + end
    observed = Observed(b"\x01\0\0\0\x03", 0.0, 1)
    observed.size, observed.chunks, observed.tail = len(whole), [whole[:5000]], whole[-300:]
    return observed


ENDS = [
    (OLD, packet(9, b"\xfe\x05\x00\x22\x00"), (True, 0x22, 5, None)),
    (NEW, packet(9, b"\xfe\x00\x00\x22\x00\x05\x00"), (True, 0x22, 5, None)),
    (NEW, packet(9, b"\xff\x25\x05#70100Query execution was interrupted"), (True, 0, 0, 1317)),
    (OLD, packet(9, b"\xfe\x00\x00\x0a\x00"), (False, 0x0A, 0, None)),  # more results follow
    (NEW, b"", (False, 0, 0, None)),
]


@pytest.mark.parametrize(("dialect", "end", "expected"), ENDS)
def test_the_end_of_a_large_reply(dialect: Dialect, end: bytes, expected: tuple[object, ...]) -> None:
    found = follow(large(dialect, end), dialect)
    assert (found.over, found.status, found.warnings, found.error and found.error.number) == expected
    assert found.rows == pytest.approx(1000, abs=5)


@pytest.mark.parametrize(
    "reply", [b"", b"\x01", packet(1, b"\x00"), packet(1, b"\x01") + packet(2, b"x"), b"\xff" * 99]
)
def test_what_is_no_reply_is_not_over(reply: bytes) -> None:
    observed = Observed(b"\x01\0\0\0\x03", 0.0, 1)
    observed.size, observed.chunks = len(reply), [reply]
    for dialect in (OLD, NEW):
        assert not follow(observed, dialect).over


def test_two_replies_are_nobodys() -> None:
    ok = packet(1, b"\x00\x00\x00\x02\x00\x00\x00")
    observed = Observed(b"\x01\0\0\0\x03", 0.0, 1)
    observed.size, observed.chunks = 2 * len(ok), [ok, ok]
    assert not follow(observed, OLD).over


def test_of_a_long_text_no_more_is_looked_at_than_is_kept() -> None:
    """The event loop waits meanwhile: only the beginning is decoded and looked through."""
    relay: Any = SimpleNamespace(dialect=OLD, login=SimpleNamespace(connection_id=1))
    relay.hub = SimpleNamespace(settings=SimpleNamespace(upstream_name="u"))
    observer: Any = SimpleNamespace(relay=relay, codec="utf-8")
    for text, kept in (
        (b"SET PASSWORD = 'x'", False),
        (b"SELECT '", True),
        (b" " * MAX_TEXT + b"SET PASSWORD ", False),
    ):
        observed = Observed(packet(0, b"\x03" + text + b"x" * (8 * MAX_TEXT) + b" SET PASSWORD = 'x'"), 0.0, 1)
        observed.received(packet(1, b"\0\0\0\2\0\0\0"))
        statement = read(observer, observed).statement
        assert (statement is not None) is kept
        if statement is not None:
            assert statement.truncated
            assert "PASSWORD" not in statement.text
