import pytest
from pymysql import _auth

from proxy.tls import RsaKey
from proxy.wire.actions import LoginResult, Refused, ToClient, ToUpstream, UserChanged
from proxy.wire.change_user import ChangeUser
from tests.proxy.wire.peers import (
    CACHING,
    CLEAR,
    CLIENT_FLAGS,
    DENIED,
    LEGS,
    NATIVE,
    NONCE,
    OK,
    PASSWORD,
    SHA256,
    SWITCH_NONCE,
    err,
    frame,
    scramble,
    switch,
)


def command(plugin: str, data: bytes) -> bytes:
    return b"\x11bob\0" + bytes([len(data)]) + data + b"sales\0\x2d\x00" + plugin.encode() + b"\0"


def change(rsa_key: RsaKey, *, client_tls: bool = False, upstream_tls: bool = False) -> ChangeUser:
    session = LoginResult(
        capabilities=CLIENT_FLAGS,
        mariadb_capabilities=0,
        connection_id=7,
        server_version="8.4.3",
        is_mariadb=False,
        user=b"app",
        database=None,
        charset=45,
        nonce=b"old nonce",
        status=2,
        client_tls=client_tls,
        upstream_tls=upstream_tls,
    )
    return ChangeUser(session, NONCE, rsa_key)


def test_at_once(rsa_key: RsaKey) -> None:
    talk = change(rsa_key)
    asked = command(NATIVE, scramble(NATIVE, PASSWORD, NONCE))
    assert talk.reads_client
    assert talk.client_packet(0, asked) == [ToUpstream(frame(0, asked))]
    assert not talk.reads_client
    assert talk.upstream_packet(1, OK) == [ToClient(frame(1, OK)), UserChanged(b"bob", b"sales", 45, NONCE, 2)]


def test_after_a_switch(rsa_key: RsaKey) -> None:
    talk = change(rsa_key)
    talk.client_packet(0, command(CACHING, b"x" * 32))
    assert talk.upstream_packet(1, switch(NATIVE)) == [ToClient(frame(1, switch(NATIVE)))]
    assert talk.client_packet(2, b"y" * 20) == [ToUpstream(frame(2, b"y" * 20))]
    assert talk.upstream_packet(3, OK)[1] == UserChanged(b"bob", b"sales", 45, SWITCH_NONCE, 2)


def test_full_authentication_to_an_upstream_in_tls(rsa_key: RsaKey) -> None:
    talk = change(rsa_key, upstream_tls=True)
    talk.client_packet(0, command(CACHING, b"x" * 32))
    assert talk.upstream_packet(1, b"\x01\x04") == [ToClient(frame(1, b"\x01\x04"))]
    assert talk.client_packet(2, b"\x02") == [ToClient(frame(3, b"\x01" + rsa_key.public_pem))]
    blob = _auth.sha2_rsa_encrypt(PASSWORD, NONCE, rsa_key.public_pem)
    assert talk.client_packet(4, blob) == [ToUpstream(frame(2, PASSWORD + b"\0"))]
    assert isinstance(talk.upstream_packet(3, OK)[1], UserChanged)


@pytest.mark.parametrize("plugin", [SHA256, CLEAR])
def test_password_in_the_command_is_withdrawn(rsa_key: RsaKey, plugin: str) -> None:
    talk = change(rsa_key, client_tls=True)
    (sent,) = talk.client_packet(0, command(plugin, PASSWORD + b"\0"))
    assert sent == ToUpstream(frame(0, command("askwire_asks_to_switch", b"")))


@pytest.mark.parametrize(("client_tls", "upstream_tls"), LEGS)
def test_denied_is_the_end(rsa_key: RsaKey, client_tls: bool, upstream_tls: bool) -> None:
    talk = change(rsa_key, client_tls=client_tls, upstream_tls=upstream_tls)
    talk.client_packet(0, command(NATIVE, b"wrong"))
    assert talk.upstream_packet(1, DENIED) == [ToClient(frame(1, DENIED)), Refused(1045, DENIED[9:].decode())]
    assert talk.client_packet(0, b"\x03SELECT 1") == []
    assert talk.upstream_packet(2, OK) == []


@pytest.mark.parametrize("payload", [b"", b"\x11", b"\x11bob", b"\x11bob\0\xffx"])
def test_malformed(rsa_key: RsaKey, payload: bytes) -> None:
    sent, refused = change(rsa_key).client_packet(0, payload)
    assert isinstance(sent, ToClient)
    assert err(sent.data)[0] == 1047
    assert isinstance(refused, Refused)


def test_wrong_order(rsa_key: RsaKey) -> None:
    early, eager, done = change(rsa_key), change(rsa_key), change(rsa_key)
    for talk in (eager, done):
        talk.client_packet(0, command(NATIVE, b"x"))
    done.upstream_packet(1, OK)
    for actions in (
        early.upstream_packet(0, OK),
        eager.client_packet(1, b"\x03SELECT 1"),
        done.upstream_packet(2, OK),
    ):
        assert isinstance(actions[-1], Refused)
        assert not any(isinstance(action, ToUpstream | UserChanged) for action in actions)
