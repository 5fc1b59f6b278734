"""The server's side of the log-in, payload by payload."""

import pytest
from mysql_mimic.types import Capabilities

from proxy.wire import capabilities as caps
from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import parse_greeting
from proxy.wire.server_login import CACHING_SHA2, CAPABILITIES, CLEAR, Ask, Credentials, ServerLogin, denied

NATIVE = b"mysql_native_password"
SWITCH = b"\xfecaching_sha2_password\0"


def response(plugin: bytes, data: bytes, *, tls: bool = False, database: bytes = b"", extra: int = 0) -> bytes:
    flags = int(CAPABILITIES) & ~(0 if database else caps.CONNECT_WITH_DB) & ~int(Capabilities.CLIENT_CONNECT_ATTRS)
    flags |= caps.SSL if tls else 0
    head = (flags | extra).to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + bytes([45]) + bytes(23)
    named = database + b"\0" if database else b""
    return head + b"ann\0" + bytes([len(data)]) + data + named + plugin + b"\0"


def login(plugin: bytes = CACHING_SHA2) -> ServerLogin:
    return ServerLogin(7, "8.4.0-askwire", plugin)


def test_the_greeting_says_who_the_server_is() -> None:
    greeting = parse_greeting(login().greeting())
    assert (greeting.server_version, greeting.connection_id, greeting.plugin) == ("8.4.0-askwire", 7, CACHING_SHA2)
    assert greeting.capabilities == int(CAPABILITIES)
    assert len(greeting.nonce) == 20
    assert b"\0" not in greeting.nonce


def test_two_greetings_have_different_nonces() -> None:
    assert parse_greeting(login().greeting()).nonce != parse_greeting(login().greeting()).nonce


def test_caching_sha2_password_is_always_authenticated_in_full() -> None:
    server = login()
    assert server.receive(response(CACHING_SHA2, b"x" * 32, database=b"shop")) == Ask(b"\x01\x04")
    assert server.receive("geheim ä\0".encode()) == Credentials("ann", "geheim ä", "shop", 45)


def test_no_password_needs_no_further_packet() -> None:
    assert login().receive(response(CACHING_SHA2, b"")) == Credentials("ann", "", None, 45)


def test_another_plugin_is_asked_to_switch() -> None:
    server = login()
    asked = server.receive(response(NATIVE, b"y" * 20))
    assert isinstance(asked, Ask)
    assert asked.payload.startswith(SWITCH)
    assert server.receive(b"x" * 32) == Ask(b"\x01\x04")
    assert server.receive(b"pw\0") == Credentials("ann", "pw", None, 45)


def test_a_client_without_plugins_is_refused() -> None:
    payload = bytearray(response(NATIVE, b"y" * 20))
    flags = int.from_bytes(payload[:4], "little") & ~caps.PLUGIN_AUTH
    payload[:4] = flags.to_bytes(4, "little")
    with pytest.raises(ProtocolError) as caught:
        login().receive(bytes(payload))
    assert caught.value.number == 1251


def test_a_password_in_clear_is_taken_inside_tls_only() -> None:
    assert login().receive(response(CLEAR, b"pw\0", tls=True)) == Credentials("ann", "pw", None, 45)
    assert isinstance(login().receive(response(CLEAR, b"pw\0")), Ask)


def test_clear_passwords_can_be_asked_for() -> None:
    server = login(CLEAR)
    asked = server.receive(response(NATIVE, b"y" * 20, tls=True))
    assert isinstance(asked, Ask)
    assert asked.payload.startswith(b"\xfemysql_clear_password\0")
    assert server.receive(b"pw\0") == Credentials("ann", "pw", None, 45)


def test_clear_passwords_are_never_taken_without_tls() -> None:
    server = login(CLEAR)
    server.receive(response(NATIVE, b""))
    with pytest.raises(ProtocolError) as caught:
        server.receive(b"pw\0")
    assert caught.value.number == 3159


@pytest.mark.parametrize("password", [b"a\0b\0", b"\xff\xfe\0", b"x" * 1025 + b"\0"])
def test_what_cannot_be_a_password_is_denied(password: bytes) -> None:
    server = login()
    server.receive(response(CACHING_SHA2, b"x" * 32))
    with pytest.raises(ProtocolError) as caught:
        server.receive(password)
    assert caught.value.number == 1045


def test_nothing_is_read_after_the_end() -> None:
    server = login()
    server.receive(response(CACHING_SHA2, b""))
    with pytest.raises(ProtocolError):
        server.receive(response(CACHING_SHA2, b""))


def test_change_user_begins_anew() -> None:
    server = login()
    server.receive(response(CACHING_SHA2, b""))
    command = b"\x11bob\0" + bytes([32]) + b"x" * 32 + b"sales\0" + (33).to_bytes(2, "little") + CACHING_SHA2 + b"\0"
    assert server.change_user(command) == Ask(b"\x01\x04")
    assert server.receive(b"pw2\0") == Credentials("bob", "pw2", "sales", 33)


def test_change_user_before_the_log_in_is_out_of_order() -> None:
    with pytest.raises(ProtocolError):
        login().change_user(b"\x11bob\0\0\0")


def test_a_second_start_in_the_middle_is_a_password_like_any_other() -> None:
    server = login()
    server.receive(response(CACHING_SHA2, b"x" * 32))
    with pytest.raises(ProtocolError):
        server.receive(response(CACHING_SHA2, b""))


def test_a_denial_says_no_more_than_mysql() -> None:
    error = denied("ann", password=True, host="10.0.0.1")
    assert error.message == "Access denied for user 'ann'@'10.0.0.1' (using password: YES)"


@pytest.mark.parametrize("cut", range(0, 60, 3))
def test_a_truncated_response_is_refused(cut: int) -> None:
    whole = response(CACHING_SHA2, b"x" * 32, database=b"shop")
    with pytest.raises(ProtocolError):
        login().receive(whole[:cut])


def test_the_password_is_not_shown() -> None:
    assert "geheim" not in repr(Credentials("ann", "geheim", None, None))
