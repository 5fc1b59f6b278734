"""COM_CHANGE_USER and what a gateway statement sees before and after it."""

import contextlib
import struct
from pathlib import Path

import pytest

from plugins import ErrorCode, hookimpl
from plugins.plugin import MAX_FAULTS
from tests.proxy.conftest import eventually
from tests.support import raw_client as raw
from tests.support.embedded import EmbeddedGateway, embedded
from tests.support.raw_client import RawClient, ServerError, native_password
from tests.support.shop_server import ShopServer


def change_user(client: RawClient, user: str, password: str, database: str = "scratch") -> None:
    """Raises ``ServerError``."""
    auth = native_password(password, client.greeting.nonce)
    body = user.encode() + b"\0" + bytes([len(auth)]) + auth + database.encode() + b"\0" + struct.pack("<H", 45)
    client.send(b"\x11" + body + b"mysql_native_password\0")
    client.finish_authentication(password)


def account(client: RawClient) -> bytes:
    """As the gateway's session says it."""
    return next(row[1 + len(b"account") :] for row in client.query("TEST SESSION") if row[1:8] == b"account")


@pytest.mark.parametrize("capabilities", [raw.CLASSIC, raw.MYSQL, raw.MARIADB])
def test_right_password(test_gateway: EmbeddedGateway, capabilities: int) -> None:
    with RawClient(test_gateway.port, capabilities) as client:
        client.query("TEST STATE kept")
        statement = client.prepare("TEST TABLE")
        client.query("TEST TABLE")
        for user, database in (("reader", "shop"), ("app", "scratch"), ("reader", "shop")):
            change_user(client, user, "secret", database)
            assert account(client)[1:] == f"{user}@%".encode()
            assert client.query("SELECT CURRENT_USER()")[-2][1:] == f"{user}@%".encode()
        assert client.query("TEST STATE new")[-2] == b"\xfb"
        assert client.execute(statement)[0][:1] == b"\xff"
        change_user(client, "app", "secret")
        assert client.query("SHOW COUNT(*) WARNINGS")[-2] == b"\x010"


@pytest.mark.parametrize(("user", "password", "number"), [("app", "wrong", 1045), ("nobody_at_all", "secret", 1045)])
def test_refused(test_gateway: EmbeddedGateway, user: str, password: str, number: int) -> None:
    """After a refusal there is no session, not even the one before."""
    client = RawClient(test_gateway.port)
    client.query("TEST TABLE")
    with pytest.raises(ServerError) as refused:
        change_user(client, user, password)
    assert refused.value.number == number
    with contextlib.suppress(OSError):
        client.send(b"\x03SELECT 1")
    with pytest.raises((EOFError, ConnectionError)):
        client.read()
    client.socket.close()


def test_no_statement_sent_behind_a_refused_change_runs(test_gateway: EmbeddedGateway) -> None:
    with RawClient(test_gateway.port) as client, RawClient(test_gateway.port) as observer:
        observer.query("CREATE OR REPLACE TABLE change_user_t (n INT)")
        auth = native_password("wrong", client.greeting.nonce)
        body = (
            b"\x11app\0" + bytes([len(auth)]) + auth + b"scratch\0" + struct.pack("<H", 45) + b"mysql_native_password\0"
        )
        insert = b"\x03INSERT INTO change_user_t VALUES (1)"
        packets = [len(p).to_bytes(3, "little") + b"\0" + p for p in (body, insert, b"\x03TEST DONE 1")]
        client.socket.sendall(b"".join(packets))
        if client.read()[:1] == b"\xfe":
            client.write(native_password("wrong", client.greeting.nonce))
        seen = bytearray()
        with contextlib.suppress(ConnectionError):
            while data := client.socket.recv(65536):
                seen += data
        assert b"Access denied" in seen
        assert seen.count(b"\xff") == 1
        assert observer.query("SELECT COUNT(*) FROM change_user_t")[-2] == b"\x010"
        observer.query("DROP TABLE change_user_t")


class Protects:
    """Shows nothing to ``reader``: it fails."""

    @hookimpl
    def askwire_result_transform(self, user: str) -> None:
        if user == "reader":
            raise LookupError("no rules for this one")


def test_whom_nothing_protects_is_told_at_once(mariadb: ShopServer, tmp_path: Path) -> None:
    """In place of the OK; nothing that is sent behind it runs. Once the plugin is off, that holds for everybody."""
    with embedded(mariadb.url, tmp_path, Protects()) as made:
        users = ["reader"] * MAX_FAULTS
        clients = [RawClient(made.port) for _ in [*users, "app"]]
        for client, user in zip(clients, [*users, "app"], strict=True):
            with client:
                assert client.query("SELECT 1")[-2] == b"\x011"
                with pytest.raises(ServerError, match="The plugin 'Protects', which protects data,") as refused:
                    change_user(client, user, "secret", "shop")
                assert refused.value.number == ErrorCode.PLUGIN_FAILED.number
                with contextlib.suppress(OSError):
                    client.send(b"\x03SELECT 1")
                with pytest.raises((EOFError, ConnectionError)):
                    client.read()
        eventually(lambda: made.gateway.sessions == 0)


def test_malformed(test_gateway: EmbeddedGateway) -> None:
    for body in (b"", b"app", b"app\0", b"app\0\xff", b"app\0\x14short", b"\0\0"):
        before = test_gateway.gateway.sessions
        client = RawClient(test_gateway.port)
        client.send(b"\x11" + body)
        client.socket.settimeout(10)
        with contextlib.suppress(ConnectionError):
            while client.socket.recv(65536):
                pass
        client.socket.close()
        eventually(lambda before=before: test_gateway.gateway.sessions <= before)


def test_while_a_gateway_statement_runs(test_gateway: EmbeddedGateway) -> None:
    """It waits for its turn, as every command does."""
    with RawClient(test_gateway.port) as client:
        auth = native_password("secret", client.greeting.nonce)
        body = (
            b"\x11reader\0" + bytes([len(auth)]) + auth + b"shop\0" + struct.pack("<H", 45) + b"mysql_native_password\0"
        )
        commands = (b"\x03TEST QUERY SELECT SLEEP(0.3)", body)
        client.socket.sendall(b"".join(len(p).to_bytes(3, "little") + b"\0" + p for p in commands))
        assert client.reply(raw.COM_QUERY)[0] == b"\x01"
        client.finish_authentication("secret")
        assert account(client)[1:] == b"reader@%"
