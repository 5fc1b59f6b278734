"""Transcripts of the authentication exchange, byte by byte."""

import pytest
from pymysql import _auth
from pymysql.constants import CLIENT

from proxy.tls import RsaKey
from proxy.wire.actions import LoggedIn, Refused, StartClientTls, StartUpstreamTls, ToClient, ToUpstream
from proxy.wire.login import Login
from tests.proxy.wire.peers import (
    ANY,
    CACHING,
    CLIENT_FLAGS,
    LEGS,
    MASKED,
    NATIVE,
    NONCE,
    OK,
    PASSWORD,
    PLAIN,
    SERVER,
    err,
    frame,
    greeting,
    head,
    response,
    scramble,
    server_decrypt,
    server_pem,
)


def opened(rsa_key: RsaKey, *, client_tls: bool, upstream_tls: bool, plugin: str = CACHING) -> Login:
    """A log-in in which the upstream has just asked for full authentication; both legs at their own sequence ids."""
    login = Login(ANY, rsa_key)
    server = SERVER | (CLIENT.SSL if upstream_tls else 0)
    shown = greeting((SERVER & ~MASKED) | CLIENT.SSL)
    assert login.upstream_packet(0, greeting(server)) == [ToClient(frame(0, shown))]
    flags = CLIENT_FLAGS | (CLIENT.SSL if client_tls else 0)
    asked = CLIENT_FLAGS | (CLIENT.SSL if upstream_tls else 0)
    seq = 1
    if client_tls:
        assert login.client_packet(1, head(flags)) == [StartClientTls()]
        assert login.client_tls_started() == []
        seq = 2
    auth = scramble(CACHING, PASSWORD, NONCE)
    actions = login.client_packet(seq, response(flags, auth))
    if upstream_tls:
        assert actions == [ToUpstream(frame(1, head(asked))), StartUpstreamTls()]
        actions = login.upstream_tls_started()
    assert actions == [ToUpstream(frame(1 + upstream_tls, response(asked, auth)))]
    full = login.upstream_packet(2 + upstream_tls, b"\x01\x04")
    assert full == [ToClient(frame(2 + client_tls, b"\x01\x04"))]
    return login


def finish(login: Login, upstream_seq: int, client_seq: int) -> None:
    relayed, logged_in = login.upstream_packet(upstream_seq, OK)
    assert relayed == ToClient(frame(client_seq, OK))
    assert isinstance(logged_in, LoggedIn)


def test_plain_to_plain_uses_the_upstreams_own_key(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=False, upstream_tls=False)
    assert login.client_packet(3, b"\x02") == [ToUpstream(frame(3, b"\x02"))]
    assert login.upstream_packet(4, b"\x01" + server_pem()) == [ToClient(frame(4, b"\x01" + server_pem()))]
    blob = _auth.sha2_rsa_encrypt(PASSWORD, NONCE, server_pem())
    assert login.client_packet(5, blob) == [ToUpstream(frame(5, blob))]
    finish(login, 6, 6)


def test_tls_to_tls_passes_the_password_inside_tls(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=True, upstream_tls=True)
    assert login.client_packet(4, PASSWORD + b"\0") == [ToUpstream(frame(4, PASSWORD + b"\0"))]
    finish(login, 5, 5)


def test_plain_to_tls_uses_the_gateways_key(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=False, upstream_tls=True)
    assert login.client_packet(3, b"\x02") == [ToClient(frame(4, b"\x01" + rsa_key.public_pem))]
    blob = _auth.sha2_rsa_encrypt(PASSWORD, NONCE, rsa_key.public_pem)
    assert login.client_packet(5, blob) == [ToUpstream(frame(4, PASSWORD + b"\0"))]
    finish(login, 5, 6)


def test_plain_to_tls_with_the_gateways_key_known_beforehand(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=False, upstream_tls=True)
    blob = _auth.sha2_rsa_encrypt(PASSWORD, NONCE, rsa_key.public_pem)
    assert login.client_packet(3, blob) == [ToUpstream(frame(4, PASSWORD + b"\0"))]
    finish(login, 5, 4)


def test_tls_to_plain_encrypts_for_the_upstream(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=True, upstream_tls=False)
    assert login.client_packet(4, PASSWORD + b"\0") == [ToUpstream(frame(3, b"\x02"))]
    (sent,) = login.upstream_packet(4, b"\x01" + server_pem())
    assert isinstance(sent, ToUpstream)
    assert sent.data[:4] == frame(5, bytes(256))[:4]
    assert server_decrypt(sent.data[4:], NONCE) == PASSWORD + b"\0"
    finish(login, 6, 5)


def test_client_in_tls_that_prefers_rsa(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=True, upstream_tls=False)
    assert login.client_packet(4, b"\x02") == [ToClient(frame(5, b"\x01" + rsa_key.public_pem))]
    blob = _auth.sha2_rsa_encrypt(PASSWORD, NONCE, rsa_key.public_pem)
    assert login.client_packet(6, blob) == [ToUpstream(frame(3, b"\x02"))]


@pytest.mark.parametrize(
    "answer",
    [
        b"\x01not a key",
        b"\x01-----BEGIN PUBLIC KEY-----\n" + b"A" * 9000 + b"\n-----END PUBLIC KEY-----\n",
        b"\x01",
        b"\x01\x04",
    ],
)
def test_upstream_without_a_sane_key(rsa_key: RsaKey, answer: bytes) -> None:
    login = opened(rsa_key, client_tls=True, upstream_tls=False)
    login.client_packet(4, PASSWORD + b"\0")
    sent, refused = login.upstream_packet(4, answer)
    assert isinstance(sent, ToClient)
    assert err(sent.data) == (1045, b"#28000Access denied for user 'app' (using password: YES)")
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\x03", b"\xfe", b"\xfemysql_clear_password\0x\0", OK])
def test_upstream_that_answers_something_else_than_its_key(rsa_key: RsaKey, answer: bytes) -> None:
    login = opened(rsa_key, client_tls=True, upstream_tls=False)
    login.client_packet(4, PASSWORD + b"\0")
    sent, refused = login.upstream_packet(4, answer)
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == 1835
    assert isinstance(refused, Refused)


def no_oracle(rsa_key: RsaKey) -> list[bytes]:
    encrypted = rsa_key.encrypt(rsa_key.public_pem, PASSWORD)  # not hidden by the nonce, no NUL
    foreign = bytes(_auth.sha2_rsa_encrypt(PASSWORD, NONCE, server_pem()))
    return [b"\x01", b"x", bytes(256), b"\xff" * 256, encrypted, foreign, bytes(255), bytes(257), PASSWORD + b"\0"]


def test_decryption_tells_nothing(rsa_key: RsaKey) -> None:
    answers = set()
    for blob in no_oracle(rsa_key):
        login = opened(rsa_key, client_tls=False, upstream_tls=True)
        sent, refused = login.client_packet(3, blob)
        assert isinstance(sent, ToClient)
        answers.add(sent.data)
        assert isinstance(refused, Refused)
        assert login.upstream_packet(4, OK) == []
    assert len(answers) == 1
    assert err(answers.pop()) == (1045, b"#28000Access denied for user 'app' (using password: YES)")


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x05", b"\x01\x04x", b"\x02", b"", b"\x04Password: "])
@pytest.mark.parametrize(("client_tls", "upstream_tls"), [(False, True), (True, False)])
def test_data_that_cannot_be_translated(rsa_key: RsaKey, client_tls: bool, upstream_tls: bool, data: bytes) -> None:
    login = opened(rsa_key, client_tls=client_tls, upstream_tls=upstream_tls)
    login.client_packet(3 + client_tls, b"\0")  # no password: it is the upstream's turn
    sent, refused = login.upstream_packet(4 + upstream_tls, data)
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == 1835
    assert isinstance(refused, Refused)


def test_gateways_key_is_given_once(rsa_key: RsaKey) -> None:
    login = opened(rsa_key, client_tls=False, upstream_tls=True)
    login.client_packet(3, b"\x02")
    _, refused = login.client_packet(5, b"\x02")
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(("client_tls", "upstream_tls"), LEGS)
def test_other_plugins_are_opaque(rsa_key: RsaKey, client_tls: bool, upstream_tls: bool) -> None:
    """MariaDB's parsec: a switch, an empty packet, a salt, a signature."""
    login = Login(ANY, rsa_key)
    login.upstream_packet(0, greeting(SERVER | (CLIENT.SSL if upstream_tls else 0), plugin=NATIVE))
    flags = CLIENT_FLAGS | (CLIENT.SSL if client_tls else 0)
    if client_tls:
        login.client_packet(1, head(flags))
        login.client_tls_started()
    login.client_packet(1 + client_tls, response(flags, b"x" * 20, plugin=NATIVE))
    login.upstream_tls_started() if upstream_tls else None
    up, down = 2 + upstream_tls, 2 + client_tls
    nonce = bytes(range(32))
    ask = b"\xfeparsec\0" + nonce
    assert login.upstream_packet(up, ask) == [ToClient(frame(down, ask))]
    assert login.client_packet(down + 1, b"") == [ToUpstream(frame(up + 1, b""))]
    assert login.upstream_packet(up + 2, b"\x01P\x00salt") == [ToClient(frame(down + 2, b"\x01P\x00salt"))]
    assert login.client_packet(down + 3, b"s" * 96) == [ToUpstream(frame(up + 3, b"s" * 96))]
    relayed, logged_in = login.upstream_packet(up + 4, OK)
    assert relayed == ToClient(frame(down + 4, OK))
    assert isinstance(logged_in, LoggedIn)
    assert logged_in.result.nonce == nonce


def test_second_factor(rsa_key: RsaKey) -> None:
    login = Login(PLAIN, rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    login.client_packet(1, response(CLIENT_FLAGS | (1 << 28), b"x" * 32))
    assert login.upstream_packet(2, b"\x01\x03") == [ToClient(frame(2, b"\x01\x03"))]
    factor = b"\x02authentication_webauthn_client\0challenge"
    assert login.upstream_packet(3, factor) == [ToClient(frame(3, factor))]
    assert login.client_packet(4, b"signed") == [ToUpstream(frame(4, b"signed"))]
    assert isinstance(login.upstream_packet(5, OK)[1], LoggedIn)


def test_second_factor_in_clear_is_refused_too(rsa_key: RsaKey) -> None:
    login = Login(ANY, rsa_key)
    login.upstream_packet(0, greeting(SERVER))
    login.client_packet(1, head(CLIENT_FLAGS | CLIENT.SSL))
    login.client_tls_started()
    login.client_packet(2, response(CLIENT_FLAGS | CLIENT.SSL | (1 << 28), b"x" * 32))
    sent, refused = login.upstream_packet(2, b"\x02mysql_clear_password\0")
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == 1251
    assert isinstance(refused, Refused)
