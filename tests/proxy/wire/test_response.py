import pytest
from pymysql.constants import CLIENT

from proxy.wire.errors import ProtocolError
from proxy.wire.response import is_ssl_request, parse_change_user, parse_response
from tests.proxy.wire.peers import ATTRIBUTES, CACHING, CLIENT_FLAGS, NATIVE, SERVER, head, response

ANSWER = response(CLIENT_FLAGS, b"a" * 32)
NO_PLUGIN = b"askwire_asks_to_switch"


def test_fields() -> None:
    parsed = parse_response(ANSWER, SERVER)
    assert (parsed.user, parsed.database, parsed.charset) == (b"app", b"shop", 45)
    assert (parsed.capabilities, parsed.mariadb_capabilities) == (CLIENT_FLAGS, 0)
    assert (parsed.auth.plugin, parsed.auth.data) == (CACHING.encode(), b"a" * 32)
    assert parsed.asking(CLIENT_FLAGS, 0, withdraw_auth=False) == ANSWER


def test_secrets_are_not_shown() -> None:
    payload = response(CLIENT_FLAGS, b"secret\0", plugin="mysql_clear_password")
    assert "secret" not in repr(parse_response(payload, SERVER))
    assert "secret" not in repr(parse_change_user(b"\x11bob\0\x07secret\0\0", CLIENT_FLAGS))


def test_length_encoded_data() -> None:
    size = b"\xfc\x2c\x01"  # 300
    payload = head(CLIENT_FLAGS) + b"app\0" + size + b"t" * 300 + b"shop\0" + b"some\0"
    parsed = parse_response(payload, SERVER)
    assert (parsed.auth.data, parsed.auth.plugin, parsed.database) == (b"t" * 300, b"some", b"shop")


def test_what_was_not_offered_is_not_read() -> None:
    parsed = parse_response(ANSWER, SERVER & ~CLIENT.CONNECT_WITH_DB)
    assert (parsed.database, parsed.auth.plugin) == (None, b"shop")


def test_left_out_at_the_end() -> None:
    assert parse_response(head(CLIENT_FLAGS) + b"app\0\0shop\0", SERVER).auth.plugin == NATIVE.encode()
    assert parse_response(head(CLIENT_FLAGS) + b"app\0\0shop\0abc", SERVER).auth.plugin == b"abc"
    assert parse_response(head(CLIENT_FLAGS) + b"app\0\0", SERVER).database is None
    assert parse_response(head(CLIENT_FLAGS) + b"\0\0\0", SERVER).user == b""


@pytest.mark.parametrize("size", range(len(head(0)) + len(b"app\0\x20") + 32))
def test_truncated(size: int) -> None:
    with pytest.raises(ProtocolError) as error:
        parse_response(ANSWER[:size], SERVER)
    assert (error.value.number, error.value.sqlstate) == (1043, "08S01")


def test_withdrawn() -> None:
    asked = parse_response(ANSWER, SERVER).asking(CLIENT_FLAGS, 0, withdraw_auth=True)
    assert asked == head(CLIENT_FLAGS) + b"app\0\0shop\0" + NO_PLUGIN + b"\0" + ATTRIBUTES
    unended = parse_response(head(CLIENT_FLAGS) + b"app\0\2pwshop\0abc", SERVER)
    asked = unended.asking(CLIENT_FLAGS, 0, withdraw_auth=True)
    assert asked == head(CLIENT_FLAGS) + b"app\0\0shop\0" + NO_PLUGIN + b"\0"


def test_extended_capabilities_stand_in_the_filler() -> None:
    flags = CLIENT_FLAGS & ~CLIENT.LONG_PASSWORD
    parsed = parse_response(response(flags, b"", extended=0x1F), SERVER)
    assert parsed.mariadb_capabilities == 0x1F
    assert parsed.asking(flags, 0x0C, withdraw_auth=False) == response(flags, b"", extended=0x0C)


def test_ssl_request() -> None:
    assert is_ssl_request(head(CLIENT_FLAGS | CLIENT.SSL))
    assert not is_ssl_request(head(CLIENT_FLAGS))
    assert not is_ssl_request(response(CLIENT_FLAGS | CLIENT.SSL, b""))
    for broken in (b"", head(CLIENT_FLAGS)[:31], head(CLIENT.SSL)):
        with pytest.raises(ProtocolError):
            is_ssl_request(broken)


CHANGE = b"\x11bob\0\x02pwsales\0\x2d\x00mysql_native_password\0" + ATTRIBUTES


def test_change_user() -> None:
    parsed = parse_change_user(CHANGE, CLIENT_FLAGS)
    assert (parsed.user, parsed.database, parsed.charset) == (b"bob", b"sales", 45)
    assert (parsed.auth.plugin, parsed.auth.data) == (NATIVE.encode(), b"pw")
    assert parsed.auth.withdrawn(CHANGE) == b"\x11bob\0\0sales\0\x2d\x00" + NO_PLUGIN + b"\0" + ATTRIBUTES


def test_change_user_of_old_clients() -> None:
    parsed = parse_change_user(b"\x11bob\0\0\0", CLIENT_FLAGS)
    assert (parsed.user, parsed.database, parsed.charset, parsed.auth.plugin) == (b"bob", None, None, NATIVE.encode())


@pytest.mark.parametrize("size", range(1, len(b"\x11bob\0\x02pwsales\0")))
def test_truncated_change_user(size: int) -> None:
    with pytest.raises(ProtocolError) as error:
        parse_change_user(CHANGE[:size], CLIENT_FLAGS)
    assert (error.value.number, error.value.sqlstate) == (1047, "08S01")
