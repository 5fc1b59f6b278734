import pytest
from pymysql.constants import CLIENT

from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import parse_greeting
from tests.proxy.wire.peers import NATIVE, NONCE, SERVER, greeting

# The greeting of a MariaDB 10.11 (nonce and connection id replaced).
MARIADB = (
    b"\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\x00\x2a\x01\x00\x00abcdefgh\x00\xfe\xf7\x2d\x02\x00\xff\x81\x15"
    b"\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x00ijklmnopqrst\x00mysql_native_password\x00"
)


def test_mariadb() -> None:
    parsed = parse_greeting(MARIADB)
    assert parsed.server_version == "10.11.6-MariaDB-0+deb12u1"
    assert (parsed.connection_id, parsed.nonce, parsed.plugin) == (298, NONCE, NATIVE.encode())
    assert (parsed.capabilities, parsed.mariadb_capabilities) == (0x81FFF7FE, 0x1D)
    assert parsed.is_mariadb
    assert parsed.offering(parsed.capabilities, parsed.mariadb_capabilities) == MARIADB


def test_mysql_has_no_extended_capabilities() -> None:
    parsed = parse_greeting(greeting(SERVER, extended=0xFFFFFFFF))
    assert (parsed.server_version, parsed.mariadb_capabilities, parsed.is_mariadb) == ("8.4.3", 0, False)
    assert parsed.offering(0, 0) == greeting(0, extended=0xFFFFFFFF)


def test_only_capabilities_change() -> None:
    changed = parse_greeting(MARIADB).offering(0x01020304, 0x05060708)
    at = MARIADB.index(b"\xfe\xf7")
    expected = bytearray(MARIADB)
    expected[at : at + 2], expected[at + 5 : at + 7], expected[at + 14 : at + 18] = b"\4\3", b"\2\1", b"\x08\7\6\5"
    assert changed == bytes(expected)


def test_plugin_name_without_end_and_without_plugins() -> None:
    assert parse_greeting(greeting(SERVER)[:-1]).plugin == b"caching_sha2_password"
    assert parse_greeting(greeting(SERVER & ~CLIENT.PLUGIN_AUTH)).plugin == NATIVE.encode()


@pytest.mark.parametrize("size", range(len(greeting(SERVER, plugin="")) - 1))
def test_truncated(size: int) -> None:
    with pytest.raises(ProtocolError) as error:
        parse_greeting(greeting(SERVER, plugin="")[:size])
    assert error.value.number == 1835


@pytest.mark.parametrize(
    "payload",
    [
        b"\x09" + greeting(SERVER)[1:],
        greeting(SERVER & ~CLIENT.PROTOCOL_41),
        greeting(SERVER & ~CLIENT.SECURE_CONNECTION),
    ],
)
def test_unsupported(payload: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        parse_greeting(payload)
    assert error.value.number == 1043
