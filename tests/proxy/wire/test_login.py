"""Log-ins with a scripted server and client; what is refused, and how."""

from typing import Literal

import pytest
from pymysql.constants import CLIENT

from proxy.tls import RsaKey
from proxy.wire.actions import LoggedIn, Refused, ToClient, ToUpstream
from proxy.wire.errors import ProtocolError
from proxy.wire.login import Login, LoginPolicy
from proxy.wire.packets import MAX_LOGIN_PACKET
from tests.proxy.wire.peers import (
    ANY,
    CACHING,
    CLEAR,
    CLIENT_FLAGS,
    COMPRESS,
    DENIED,
    EXTENSION,
    LEGS,
    MASKED,
    NATIVE,
    NONCE,
    OK,
    PASSWORD,
    PLAIN,
    SERVER,
    SHA256,
    SWITCH_NONCE,
    ZSTD,
    Client,
    Meeting,
    Server,
    err,
    frame,
    greeting,
    head,
    response,
    scramble,
    switch,
)


def meet(rsa_key: RsaKey, client: Client, server: Server, policy: LoginPolicy = ANY) -> Meeting:
    return Meeting(Login(policy, rsa_key), client, server).run()


@pytest.mark.parametrize(("client_tls", "upstream_tls"), LEGS)
@pytest.mark.parametrize("default", [NATIVE, CACHING, SHA256])
@pytest.mark.parametrize(("plugin", "cached"), [(NATIVE, False), (CACHING, True), (CACHING, False), (SHA256, False)])
@pytest.mark.parametrize("given", [PASSWORD, b"wrong", b""])
@pytest.mark.parametrize("wanted", [PASSWORD, b""])
def test_upstream_decides(
    rsa_key: RsaKey,
    client_tls: bool,
    upstream_tls: bool,
    default: str,
    plugin: str,
    cached: bool,
    given: bytes,
    wanted: bytes,
) -> None:
    client = Client(given, wants_tls=client_tls)
    server = Server(
        wanted, plugin=plugin, default_plugin=default, cached=cached and bool(wanted), offers_tls=upstream_tls
    )
    meeting = meet(rsa_key, client, server)
    assert (client.tls, server.tls) == (client_tls, upstream_tls)
    assert server.let_in == (given == wanted)
    if server.let_in:
        (logged_in,) = meeting.done
        assert isinstance(logged_in, LoggedIn)
        result = logged_in.result
        assert (result.user, result.database, result.charset, result.connection_id) == (b"app", b"shop", 45, 77)
        assert (result.client_tls, result.upstream_tls, result.status) == (client_tls, upstream_tls, 2)
        assert result.nonce in (NONCE, SWITCH_NONCE)
        assert client.outcome == OK
    else:
        assert meeting.done == [Refused(1045, DENIED[9:].decode())]
        assert client.outcome == DENIED
    assert not given or given not in meeting.plain


@pytest.mark.parametrize(("client_tls", "upstream_tls"), [(False, False), (False, True), (True, True)])
def test_clear_password_plugin_passes_where_the_client_agreed_to_it(
    rsa_key: RsaKey, client_tls: bool, upstream_tls: bool
) -> None:
    server = Server(PASSWORD, plugin=CLEAR, offers_tls=upstream_tls)
    meet(rsa_key, Client(PASSWORD, wants_tls=client_tls), server)
    assert server.let_in


@pytest.mark.parametrize("plugin", [CLEAR, "dialog", "authentication_openid_connect_client", "MySQL_Clear_Password"])
@pytest.mark.parametrize("first", [CACHING, ""])
def test_clear_password_never_goes_from_tls_to_an_upstream_without(rsa_key: RsaKey, plugin: str, first: str) -> None:
    server = Server(PASSWORD, plugin=plugin, default_plugin=CLEAR)
    meeting = meet(rsa_key, Client(PASSWORD, wants_tls=True, plugin=first), server)
    (refused,) = meeting.done
    assert isinstance(refused, Refused)
    assert refused.number == 1251
    assert not server.let_in
    assert PASSWORD not in meeting.plain


def test_client_that_offers_a_clear_password_in_tls_is_asked_for_the_accounts_plugin(rsa_key: RsaKey) -> None:
    server = Server(PASSWORD, plugin=NATIVE)
    meeting = meet(rsa_key, Client(PASSWORD, wants_tls=True, plugin=CLEAR), server)
    assert server.let_in
    assert PASSWORD not in meeting.plain


def test_both_legs_end_with_the_same_capabilities(rsa_key: RsaKey) -> None:
    client = Client(PASSWORD, capabilities=CLIENT_FLAGS | COMPRESS | ZSTD | EXTENSION, wants_tls=True)
    server = Server(PASSWORD, plugin=NATIVE, offers_tls=False)
    meeting = meet(rsa_key, client, server)
    asked = int.from_bytes(server.response[:4], "little")
    assert asked == CLIENT_FLAGS
    (logged_in,) = meeting.done
    assert isinstance(logged_in, LoggedIn)
    assert logged_in.result.capabilities == CLIENT_FLAGS


def test_what_the_upstream_does_not_know_is_not_asked_for(rsa_key: RsaKey) -> None:
    server = Server(PASSWORD, plugin=NATIVE, capabilities=SERVER & ~CLIENT.MULTI_STATEMENTS)
    meet(rsa_key, Client(PASSWORD), server)
    assert int.from_bytes(server.response[:4], "little") == CLIENT_FLAGS & ~CLIENT.MULTI_STATEMENTS


@pytest.mark.parametrize(
    ("policy", "upstream_tls", "offered"), [("on", False, True), ("required", False, True), ("off", True, False)]
)
def test_tls_is_the_gateways_own_to_offer(
    rsa_key: RsaKey, policy: Literal["on", "required", "off"], upstream_tls: bool, offered: bool
) -> None:
    capabilities = SERVER | (CLIENT.SSL if upstream_tls else 0)
    login = Login(LoginPolicy(policy, "preferred"), rsa_key)
    shown = (SERVER & ~MASKED) | (CLIENT.SSL if offered else 0)
    assert login.upstream_packet(0, greeting(capabilities)) == [ToClient(frame(0, greeting(shown)))]


def test_mariadb_extended_capabilities(rsa_key: RsaKey) -> None:
    login = Login(PLAIN, rsa_key)
    version = b"5.5.5-10.11.6-MariaDB"
    server = SERVER & ~CLIENT.LONG_PASSWORD
    upstream = greeting(server, plugin=NATIVE, version=version, extended=0xFFFFFFFF)
    shown = greeting(server & ~MASKED, plugin=NATIVE, version=version, extended=0b101100)
    assert login.upstream_packet(0, upstream) == [ToClient(frame(0, shown))]
    flags = CLIENT_FLAGS & ~CLIENT.LONG_PASSWORD
    auth = scramble(NATIVE, PASSWORD, NONCE)
    asked = response(flags, auth, plugin=NATIVE, extended=0b1000)
    assert login.client_packet(1, response(flags, auth, plugin=NATIVE, extended=0b11001)) == [
        ToUpstream(frame(1, asked))
    ]
    _, logged_in = login.upstream_packet(2, OK)
    assert isinstance(logged_in, LoggedIn)
    result = logged_in.result
    assert (result.capabilities, result.mariadb_capabilities) == (flags, 0b1000)
    assert (result.server_version, result.is_mariadb) == ("10.11.6-MariaDB", True)


def test_filler_of_a_mysql_client_is_no_extended_capability(rsa_key: RsaKey) -> None:
    login = Login(PLAIN, rsa_key)
    server = SERVER & ~CLIENT.LONG_PASSWORD
    login.upstream_packet(0, greeting(server, plugin=NATIVE, version=b"10.11.6-MariaDB", extended=0xFFFFFFFF))
    answer = response(CLIENT_FLAGS, b"x" * 20, plugin=NATIVE, extended=0xFFFFFFFF)
    assert login.client_packet(1, answer) == [ToUpstream(frame(1, answer))]
    _, logged_in = login.upstream_packet(2, OK)
    assert isinstance(logged_in, LoggedIn)
    assert logged_in.result.mariadb_capabilities == 0


def test_response_is_passed_on_byte_for_byte(rsa_key: RsaKey) -> None:
    login = Login(PLAIN, rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    answer = response(
        CLIENT_FLAGS, b"\x01\x02\xff" * 10, user="jörg".encode("latin-1"), attributes=b"\xfc\x00\x10" + bytes(4096)
    )
    assert login.client_packet(1, answer) == [ToUpstream(frame(1, answer))]


@pytest.mark.parametrize(
    "first", [b"\xff\x10\x04Too many connections", b"\xff\x69\x04#HY000Host '10.0.0.1' is not allowed to connect"]
)
def test_upstream_that_refuses_at_once(rsa_key: RsaKey, first: bytes) -> None:
    login = Login(ANY, rsa_key)
    sent, refused = login.upstream_packet(0, first)
    assert sent == ToClient(frame(0, first))
    assert isinstance(refused, Refused)
    assert login.client_packet(1, response(CLIENT_FLAGS, b"")) == []


@pytest.mark.parametrize("policy", ["required", "verify"])
def test_upstream_without_tls_where_it_is_required(rsa_key: RsaKey, policy: Literal["required", "verify"]) -> None:
    sent, refused = Login(LoginPolicy("on", policy), rsa_key).upstream_packet(0, greeting(SERVER))
    assert isinstance(sent, ToClient)
    assert sent.data[3] == 0
    assert err(sent.data) == (
        1043,
        b"Bad handshake: the gateway must use TLS to the database, which does not offer it",
    )
    assert isinstance(refused, Refused)


def test_client_without_tls_where_it_is_required(rsa_key: RsaKey) -> None:
    login = Login(LoginPolicy("required", "off"), rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    sent, refused = login.client_packet(1, response(CLIENT_FLAGS, b"x" * 32))
    assert isinstance(sent, ToClient)
    assert err(sent.data) == (3159, b"#HY000Connections using insecure transport are prohibited by the gateway")
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(
    ("payload", "number"),
    [
        (b"", 1043),
        (b"\x03SELECT 1", 1043),
        (head(CLIENT_FLAGS), 1043),
        (head(CLIENT_FLAGS | CLIENT.SSL), 1043),  # TLS is off
        (head(CLIENT_FLAGS) + b"app", 1043),
        (head(CLIENT_FLAGS) + b"app\0\xff", 1043),
        (head(CLIENT_FLAGS) + b"app\0\x20short", 1043),
        (head(CLIENT_FLAGS) + b"app\0\x00shop", 1043),
        (response(CLIENT_FLAGS & ~CLIENT.PROTOCOL_41, b""), 1043),
        (response(CLIENT_FLAGS & ~CLIENT.SECURE_CONNECTION, b""), 1251),
        (head(CLIENT_FLAGS) + b"x" * MAX_LOGIN_PACKET, 1043),  # a user name without end
    ],
)
def test_broken_responses(rsa_key: RsaKey, payload: bytes, number: int) -> None:
    login = Login(PLAIN, rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    sent, refused = login.client_packet(1, payload)
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == number
    assert isinstance(refused, Refused)
    assert login.client_packet(2, response(CLIENT_FLAGS, b"")) == []


def test_whole_response_with_the_tls_bit_outside_tls(rsa_key: RsaKey) -> None:
    login = Login(ANY, rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    sent, _ = login.client_packet(1, response(CLIENT_FLAGS | CLIENT.SSL, b""))
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == 1043


def test_second_tls_request_inside_tls(rsa_key: RsaKey) -> None:
    login = Login(ANY, rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    login.client_packet(1, head(CLIENT_FLAGS | CLIENT.SSL))
    login.client_tls_started()
    sent, refused = login.client_packet(2, head(CLIENT_FLAGS | CLIENT.SSL))
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == 1043
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x09old\0",
        b"\x0a8.4.3",
        greeting(SERVER)[:20],
        greeting(SERVER)[:40],
        greeting(SERVER & ~CLIENT.PROTOCOL_41),
        greeting(SERVER & ~CLIENT.SECURE_CONNECTION),
        OK,
        b"\xff",
    ],
)
def test_upstream_that_is_no_such_server(rsa_key: RsaKey, payload: bytes) -> None:
    sent, refused = Login(ANY, rsa_key).upstream_packet(0, payload)
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] in (1043, 1835)
    assert isinstance(refused, Refused)


def started(rsa_key: RsaKey, policy: LoginPolicy = PLAIN, server: int = SERVER) -> Login:
    login = Login(policy, rsa_key)
    login.upstream_packet(0, greeting(server))
    return login


def answered(rsa_key: RsaKey) -> Login:
    login = started(rsa_key)
    login.client_packet(1, response(CLIENT_FLAGS, b"x" * 32))
    return login


def test_packets_in_the_wrong_order(rsa_key: RsaKey) -> None:
    tls = LoginPolicy("on", "required")
    in_client_tls = started(rsa_key, tls, SERVER | CLIENT.SSL)
    in_client_tls.client_packet(1, head(CLIENT_FLAGS | CLIENT.SSL))
    in_upstream_tls = started(rsa_key, tls, SERVER | CLIENT.SSL)
    in_upstream_tls.client_packet(1, response(CLIENT_FLAGS, b"x" * 32))
    fast = answered(rsa_key)
    fast.upstream_packet(2, b"\x01\x03")
    switched, switched_too = answered(rsa_key), answered(rsa_key)
    switched.upstream_packet(2, switch(NATIVE))
    switched_too.upstream_packet(2, switch(NATIVE))
    done = answered(rsa_key)
    done.upstream_packet(2, OK)
    cases = [
        Login(ANY, rsa_key).client_packet(0, response(CLIENT_FLAGS, b"")),  # before the greeting
        Login(ANY, rsa_key).client_tls_started(),
        started(rsa_key).upstream_packet(1, greeting(SERVER)),  # a second greeting
        started(rsa_key).upstream_packet(1, OK),  # OK before anybody logged in
        started(rsa_key).client_tls_started(),
        answered(rsa_key).client_packet(2, response(CLIENT_FLAGS, b"x" * 32)),  # a second response
        answered(rsa_key).client_packet(2, b"\x03SELECT 1"),  # a statement before the OK
        answered(rsa_key).client_packet(0, b"\x03SELECT 1"),
        answered(rsa_key).upstream_tls_started(),
        in_client_tls.client_packet(2, response(CLIENT_FLAGS, b"x" * 32)),  # in clear, before the TLS handshake
        in_upstream_tls.client_packet(2, b"\x03SELECT 1"),
        fast.client_packet(3, b"\x03SELECT 1"),
        switched.upstream_packet(3, OK),  # OK although the client has not answered
        switched_too.upstream_packet(3, b"\x01\x04"),
        done.client_packet(3, b"\x03SELECT 1"),
    ]
    for actions in cases:
        assert isinstance(actions[-1], Refused)
        assert not any(isinstance(action, ToUpstream | LoggedIn) for action in actions)


@pytest.mark.parametrize("seq", [0, 2, 255])
def test_sequence_ids_of_the_client(rsa_key: RsaKey, seq: int) -> None:
    sent, refused = started(rsa_key).client_packet(seq, response(CLIENT_FLAGS, b"x" * 32))
    assert sent == ToClient(frame(1, b"\xff\x84\x04#08S01Got packets out of order"))
    assert isinstance(refused, Refused)


def test_sequence_ids_of_the_upstream(rsa_key: RsaKey) -> None:
    sent, refused = answered(rsa_key).upstream_packet(3, OK)
    assert sent == ToClient(frame(2, b"\xff\x84\x04#08S01Got packets out of order"))
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("payload", [b"\x00", b"\x00\x00\x00", b"\xfe", b"\xfenoend", b"\xff\x15"])
def test_malformed_answers_of_the_upstream(rsa_key: RsaKey, payload: bytes) -> None:
    actions = answered(rsa_key).upstream_packet(2, payload)
    assert isinstance(actions[-1], Refused)
    assert not any(isinstance(action, LoggedIn) for action in actions)


def test_error_of_the_upstream_while_the_client_thinks(rsa_key: RsaKey) -> None:
    gone = b"\xff\x1d\x04#08S01Server shutdown in progress"
    sent, refused = started(rsa_key).upstream_packet(1, gone)
    assert sent == ToClient(frame(1, gone))
    assert isinstance(refused, Refused)
    in_tls = started(rsa_key, ANY)
    in_tls.client_packet(1, head(CLIENT_FLAGS | CLIENT.SSL))
    assert in_tls.upstream_packet(1, gone) == [Refused(1053, "Server shutdown in progress")]


def test_callers_own_reasons_to_refuse(rsa_key: RsaKey) -> None:
    lost = ProtocolError(1429, "HY000", "Can't connect to the database")
    login = Login(ANY, rsa_key)
    assert login.refuse(lost) == [
        ToClient(frame(0, b"\xff\x95\x05Can't connect to the database")),
        Refused(1429, "Can't connect to the database"),
    ]
    assert login.refuse(lost) == []
    assert started(rsa_key).refuse(lost)[0] == ToClient(frame(1, b"\xff\x95\x05#HY000Can't connect to the database"))
    in_tls = started(rsa_key, ANY)
    in_tls.client_packet(1, head(CLIENT_FLAGS | CLIENT.SSL))
    assert in_tls.refuse(lost) == [Refused(1429, "Can't connect to the database")]


def test_who_is_to_be_read(rsa_key: RsaKey) -> None:
    login = Login(ANY, rsa_key)
    assert not login.reads_client
    login.upstream_packet(0, greeting(SERVER))
    assert login.reads_client
    login.client_packet(1, response(CLIENT_FLAGS, b"x" * 32))
    assert not login.reads_client
    login.upstream_packet(2, switch(CACHING))
    assert login.reads_client
    login.client_packet(3, b"x" * 32)
    assert not login.reads_client
    login.upstream_packet(4, OK)
    assert not login.reads_client


def test_actions_do_not_show_passwords() -> None:
    assert "secret" not in repr([ToUpstream(b"secret"), ToClient(b"secret")])
